kinds.quantiles = { legend: "dashed: Gaussian, dotted: logistic, both of the sample's deviation" };
