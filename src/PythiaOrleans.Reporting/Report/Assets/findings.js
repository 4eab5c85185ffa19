// The findings: verdict, evidence, and the series that were judged.
const modelLegend = () => make("div", { className: "legend" }, ...modelSwatches());

class Finding {
  constructor(section, finding) {
    const mark = { holds: "✓ holds", mixed: "± mixed", fails: "✗ fails", undecided: "? undecided" }[finding.verdict];
    this.finding = finding;
    this.panels = make("div", { className: "panels" });
    const root = make("article", { className: "finding", id: `finding-${finding.id}` },
      make("h3", {}, make("span", { className: `verdict ${finding.verdict}`, textContent: mark }), " ", finding.claim),
      make("p", { textContent: `${finding.summary} (${finding.id})` }), this.panels);
    if (finding.evidence.length) {
      const say = agrees => agrees == null ? "" : agrees ? "yes" : "no";
      const row = (cell, texts) => make("tr", {}, ...texts.map(text => make(cell, { textContent: text })));
      const head = make("thead", {}, row("th", ["where", "measured", "value", "expected", "agrees"]));
      const rows = finding.evidence.map(e => row("td", [e.where, e.quantity, number(e.value), e.expected, say(e.agrees)]));
      const table = make("div", { className: "scroll" }, make("table", {}, head, make("tbody", {}, ...rows)));
      root.append(make("details", {}, make("summary", { textContent: `Evidence: ${rows.length} numbers` }), table));
    }
    section.append(root);
    whenNear(root, () => this.build());
    addEventListener("resize", () => this.views?.forEach(view => view.draw()));
    dark.addEventListener("change", () => this.views?.forEach(view => view.draw()));
  }
  build() {
    this.views = this.finding.panels.map(panel => {
      const figure = make("figure");
      this.panels.append(figure);
      const view = new Panel(figure, panel.title, { log: false, shared: null });
      view.set({ name: panel.title, inBlocks: false }, panel.lines, data.models[0].steps, [], { x: "step", y: panel.axis });
      return view;
    });
  }
}

