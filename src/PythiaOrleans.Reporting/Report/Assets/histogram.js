kinds.histogram = { legend: "dashed: Gaussian, dotted: logistic, both of the sample's deviation" };
