kinds.histogram = { steps: true, legend: "dashed: Gaussian, dotted: logistic, both of the sample's deviation" };
