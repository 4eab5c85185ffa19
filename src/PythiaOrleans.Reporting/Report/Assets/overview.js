// The first screen: caveat, counts, matrix of verdicts, losses, and what was measured.
const overview = data.overview;

const plural = { holds: "hold", fails: "fail" };
const countsOf = findings => make("p", { className: "counts" }, ...verdictOrder.flatMap(verdict => {
  const count = findings.filter(finding => finding.verdict === verdict).length;
  const textContent = `${count} ${count === 1 ? verdict : plural[verdict] ?? verdict}`;
  return [make("span", { className: `verdict ${verdict}`, textContent }), " "];
}));

const matrixOf = findings => {
  const cell = verdict => {
    const td = make("td", { className: `cell ${verdict}`, textContent: verdictMarks[verdict] });
    td.title = verdict === "undecided" ? "not judged on this model alone" : verdict;
    td.setAttribute("aria-label", td.title);
    return td;
  };
  const chance = finding => {
    const rates = finding.chance.filter(rate => !rate.asserted).map(rate => rate.rate);
    const textContent = rates.length && finding.parts.length ? percent(Math.max(...rates)) : "";
    return make("td", { className: Math.max(0, ...rates) > 0.1 ? "often" : "", textContent });
  };
  const head = make("tr", {}, make("th", { textContent: "verdict" }), make("th", { textContent: "claim" }),
    ...data.models.map(model => make("th", { className: "model", textContent: model.name })),
    make("th", { textContent: "chance", title: "the largest pass rate on series with nothing to find" }),
    make("th", { textContent: "what was found" }));
  const judged = findings.filter(finding => finding.parts.length), others = findings.filter(finding => !finding.parts.length);
  const rows = judged.map(finding => make("tr", {}, make("td", {}, verdictChip(finding.verdict)),
    make("td", {}, make("a", { href: `#finding-${finding.id}`, textContent: finding.id, title: finding.claim })),
    ...finding.models.map(cell), chance(finding),
    make("td", { className: "found" }, make("div", { textContent: finding.summary, title: finding.summary }))));
  const body = make("tbody", {}, ...rows);
  const table = make("div", { className: "scroll tall" }, make("table", { className: "matrix" }, make("thead", {}, head), body));
  if (!others.length) return [table];
  const items = others.map(finding => make("li", {}, make("b", { textContent: finding.id }), `: ${finding.claim}; ${finding.summary}`));
  const textContent = `${others.length} ${others.length === 1 ? "claim was" : "claims were"} not judged`;
  return [table, make("details", {}, make("summary", { textContent }), make("ul", {}, ...items))];
};

const measuredTable = () => {
  const name = model => model.parameters ? `${model.name} (${short(model.parameters)})` : model.name;
  const head = make("tr", {}, make("th", { textContent: "checkpoints measured" }),
    ...data.models.map(model => make("th", { className: "model", textContent: name(model) })));
  const titled = row => data.sections.some(section => section.id === row.analysis)
    ? make("a", { href: `#${row.analysis}`, textContent: row.title }) : row.title;
  const rows = overview.measured.map(row => make("tr", {}, make("td", {}, titled(row)),
    ...row.checkpoints.map(count => make("td", { className: "model", textContent: count }))));
  return make("div", { className: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
};

const lossPlot = loss => {
  const figure = make("figure"), box = make("div", { className: "wide" }, figure);
  const panel = new Panel(figure, loss.title, { log: loss.log, shared: null });
  panel.picture = pictureOf(loss, null);
  const draw = () => panel.set({ name: loss.title, inBlocks: false }, loss.lines, loss.x, [], { x: loss.xLabel, y: loss.axis });
  draw();
  viewChanged.add(draw);
  whenNear(box, () => { panel.live = true; draw(); });
  return make("div", {}, box, modelLegend());
};

const showOverview = root => {
  if (overview.caveat) root.append(make("p", { className: "caveat", textContent: overview.caveat }));
  if (data.findings.length) root.append(countsOf(data.findings));
  const about = make("div", {}, ...overview.circumstances.map(textContent => make("p", { textContent })));
  if (overview.measured.length) about.append(measuredTable());
  root.append(make("div", { className: "beside" }, ...(overview.loss ? [lossPlot(overview.loss)] : []), about));
  if (data.findings.length) {
    root.append(make("h2", { textContent: "Verdicts" }), make("p", { textContent: overview.multiplicity }),
      ...matrixOf(byVerdict),
      make("p", { className: "legend", textContent: "✓ agrees, ± in part, ✗ does not agree, · not judged on this model alone; "
        + "chance: the largest pass rate of the rule on series with nothing to find, "
        + "orange where it is over 10 % and the claim cannot hold." }));
  }
};
