kinds.series = {}; // lines over steps: what every plot is that says nothing else
