kinds.spectrum = {
  logX: true,
  legend: "dashed: the largest singular value that the Marchenko-Pastur law allows, median over blocks",
  guides(lines, x) {
    const edge = median(lines.map(line => line.edge).filter(v => v != null));
    return edge == null ? [] : [{ name: "edge", y: x.map(() => edge) }];
  },
};
