// The findings: verdict, evidence, and the series that were judged.
const modelLegend = () => make("div", { className: "legend" }, ...data.models.map((model, i) => make("span", {}, make("span", { className: "swatch", style: `background: ${modelColour(i)}` }), model.name)));

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
      const head = make("thead", {}, make("tr", {}, ...["where", "measured", "value", "expected", "agrees"].map(name => make("th", { textContent: name }))));
      const rows = finding.evidence.map(e => make("tr", {}, ...[e.where, e.quantity, number(e.value), e.expected, say(e.agrees)].map(text => make("td", { textContent: text }))));
      root.append(make("details", {}, make("summary", { textContent: `Evidence: ${rows.length} numbers` }), make("div", { className: "scroll" }, make("table", {}, head, make("tbody", {}, ...rows)))));
    }
    section.append(root);
    new IntersectionObserver((entries, observer) => { if (entries.some(e => e.isIntersecting)) { observer.disconnect(); this.build(); } }, { rootMargin: "300px" }).observe(root);
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

