// The findings: verdict, numbers, and the picture of what was judged.
const modelLegend = () => make("div", { className: "legend" }, ...modelButtons());
const verdictMarks = { holds: "✓", mixed: "±", fails: "✗", undecided: "·" };
const verdictOrder = ["holds", "mixed", "fails", "undecided"];
const byVerdict = [...data.findings].sort((a, b) => verdictOrder.indexOf(a.verdict) - verdictOrder.indexOf(b.verdict));
const percent = rate => `${+(100 * rate).toFixed(1)} %`;
const verdictChip = verdict => {
  const textContent = verdict === "undecided" ? "? undecided" : `${verdictMarks[verdict]} ${verdict}`;
  return make("span", { className: `verdict ${verdict}`, textContent });
};
const chanceOf = rates => rates.map(rate => `${rate.null} ${percent(rate.rate)}${rate.asserted ? " (asserted)" : ""}`).join(", ");

// What a panel says beside its lines: shaded parts of training, tolerances, marked points.
const pictureOf = (panel, model) => ({
  connect: true,
  dots: panel.xLabel === "block",
  windows: panel.windows.filter(window => window.model == null || model == null || window.model === model),
  limits: panel.limits,
  marks: panel.marks.filter(mark => model == null || mark.model === model),
});

class Finding {
  constructor(section, finding) {
    this.finding = finding;
    this.panels = make("div", { className: "panels" });
    const root = make("article", { className: "finding", id: `finding-${finding.id}` },
      make("h3", {}, verdictChip(finding.verdict), " ", finding.claim),
      make("p", { textContent: `${finding.summary}. (${finding.id})` }));
    this.parts(root);
    root.append(this.panels);
    this.legend(root);
    this.numbers(root);
    section.append(root);
    this.build();
    viewChanged.add(() => this.update());
    whenNear(root, () => { this.live = true; this.update(); });
  }
  parts(root) {
    const { parts, chance } = this.finding;
    if (parts.length > 1) {
      const said = part => ` ${part.name}: ${part.agreeing} of ${part.judged}`
        + (part.chance.length ? `; by chance ${chanceOf(part.chance)}` : "");
      root.append(make("ul", { className: "parts" }, ...parts.map(part => make("li", {}, verdictChip(part.verdict), said(part)))));
    }
    if (parts.length && chance.length) {
      const often = chance.some(rate => rate.rate > 0.1 && !rate.asserted);
      root.append(make("p", { className: often ? "chance often" : "chance",
        textContent: `By chance: the whole rule passes ${chanceOf(chance)} of series with nothing to find.` }));
    }
  }
  legend(root) {
    const { panels } = this.finding, any = key => panels.some(panel => panel[key].length);
    const items = [
      ...(panels.some(panel => !panel.inBlocks) ? modelButtons() : []),
      ...(panels.some(panel => panel.inBlocks) ? ["dark to light: first to last block"] : []),
      ...(any("windows") ? ["shaded: the part of training that the claim names"] : []),
      ...(any("limits") ? ["dashed: what the claim compares with"] : []),
      ...(any("marks") ? ["circles: where a number was read off"] : []),
    ].map(item => typeof item === "string" ? make("span", { textContent: item }) : item);
    if (panels.length) root.append(make("div", { className: "legend" }, ...items));
  }
  numbers(root) {
    const { evidence, numbers } = this.finding;
    if (!evidence.length) return;
    const say = agrees => agrees == null ? "" : agrees ? "yes" : "no";
    const row = (cell, texts) => make("tr", {}, ...texts.map(text => make(cell, { textContent: text })));
    const head = make("thead", {}, row("th", ["where", "measured", "value", "expected", "agrees"]));
    const rows = evidence.map(e => row("td", [e.where, e.quantity, number(e.value), e.expected, say(e.agrees)]));
    const table = make("div", { className: "scroll" }, make("table", {}, head, make("tbody", {}, ...rows)));
    const textContent = `Evidence: ${numbers > rows.length ? `the first ${rows.length} of ${numbers}` : rows.length} numbers`;
    root.append(make("details", {}, make("summary", { textContent }), table));
  }
  build() {
    const has = (panel, i) => panel.lines.some(line => line.model === i);
    this.views = this.finding.panels.flatMap(panel => panel.inBlocks
      ? data.models.flatMap((model, i) => has(panel, i) ? [this.view(panel, `${model.name}: ${panel.title}`, i)] : [])
      : [this.view(panel, panel.title, null)]);
    this.views.forEach((one, i) => {
      one.canvas.tabIndex = i ? -1 : 0;
      one.neighbour = by => this.views[(i + by + this.views.length) % this.views.length].canvas.focus();
    });
    this.update();
  }
  view(panel, title, model) {
    const figure = make("figure");
    this.panels.append(figure);
    const one = new Panel(figure, title, { log: panel.log, shared: null });
    return Object.assign(one, { picture: pictureOf(panel, model), source: panel, model });
  }
  update() {
    for (const one of this.views) {
      const { source: panel, model } = one;
      one.live = this.live;
      one.figure.hidden = model != null && view.hidden.has(model);
      const lines = model == null ? panel.lines : panel.lines.filter(line => line.model === model);
      one.set({ name: panel.title, inBlocks: panel.inBlocks }, lines, panel.x, [], { x: panel.xLabel, y: panel.axis });
    }
  }
}
