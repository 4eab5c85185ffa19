// Models have other places along an axis than steps: one panel of all has every place, and gaps that are drawn through.
const overlay = (lines, axis) => {
  const along = [...new Set(lines.flatMap(line => axis.of(data.models[line.model])))].sort((a, b) => a - b);
  const index = new Map(along.map((v, i) => [v, i]));
  return {
    along,
    picture: { ...bare, connect: !axis.label.startsWith("step") },
    lines: lines.map(line => {
      const y = new Array(along.length).fill(null);
      axis.of(data.models[line.model]).forEach((v, i) => { y[index.get(v)] = line.y[i]; });
      return { ...line, y };
    }),
  };
};
const pause = [1000, 500, 250, 125]; // milliseconds a frame

class Plot {
  constructor(section, plot) {
    this.plot = plot;
    this.state = { log: plot.log, shared: null };
    this.root = make("div", { className: "plot", id: plot.id });
    const head = make("div", { className: "head" }, make("h3", { textContent: plot.title }));
    this.root.append(head);
    if (plot.reading) this.root.append(make("p", { className: "reading", textContent: plot.reading }));
    section.append(this.root);
    if (!plot.groups.length) {
      const textContent = "Not measured yet: no result of this analysis is committed for this sweep.";
      this.root.append(make("div", { className: "none", textContent }));
      return;
    }
    this.kind = kinds[plot.kind] ?? {};
    this.choice = make("select");
    plot.groups.forEach((group, i) => this.choice.append(make("option", { value: i, textContent: group.name })));
    this.choice.value = this.wanted;
    head.append(make("label", {}, "component ", this.choice));
    this.controls(head);
    this.panels = make("div", { className: "panels" });
    this.legend = make("div", { className: "legend" });
    this.root.append(this.panels, this.legend);
    this.choice.addEventListener("change", () => this.build());
    this.build();
    saveBar(this.root, this);
    viewChanged.add(() => this.follow());
    whenNear(this.root, () => { this.live = true; this.arrange(); this.update(); this.explain(); });
  }
  // The component that the whole page shows, where this plot has it.
  get wanted() {
    const at = this.plot.groups.findIndex(group => group.name === view.component);
    return at < 0 ? this.plot.first : at;
  }
  controls(head) {
    const log = make("input", { type: "checkbox", checked: this.plot.log }), same = make("input", { type: "checkbox" });
    if (!this.kind.panel) head.append(make("label", {}, log, "log y"), make("label", {}, same, "same scale"));
    this.kind.controls?.(this, head);
    log.addEventListener("change", () => { this.state.log = log.checked; this.update(); });
    same.addEventListener("change", () => { this.same = same.checked; this.update(); });
    if (!this.group.frames) return;
    this.slider = make("input", { type: "range", min: 0, max: 0, value: 0 });
    this.stepLabel = make("output");
    const play = make("button", { type: "button", textContent: "Play" }), speed = make("select");
    ["½×", "1×", "2×", "4×"].forEach((textContent, value) =>
      speed.append(make("option", { value, textContent, selected: value === 1 })));
    play.addEventListener("click", () => this.play(play));
    head.append(make("label", {}, "step ", this.slider, this.stepLabel), play, make("label", {}, "speed ", speed));
    this.speed = speed;
    // All sliders of the page go together: the same step of different plots is side by side.
    this.slider.addEventListener("input", () => change("step", String(this.group.frames[this.slider.value].step)));
  }
  play(button) {
    if (this.timer) { clearTimeout(this.timer); this.timer = null; button.textContent = "Play"; return; }
    button.textContent = "Stop";
    const next = () => {
      this.slider.value = this.slider.value === this.slider.max ? 0 : +this.slider.value + 1; // and again from the beginning
      this.update();
      this.timer = setTimeout(next, pause[this.speed.value]);
    };
    next();
  }
  get group() { return this.plot.groups[this.choice.value]; }
  follow() {
    if (view.component !== (this.component ?? "")) {
      this.component = view.component;
      if (+this.choice.value !== this.wanted) { this.choice.value = this.wanted; this.build(); }
    }
    this.toStep();
    this.arrange();
    this.update();
  }
  // The frame that is nearest to the page's step; the last one at first.
  toStep() {
    if (!this.slider || this.timer) return;
    const frames = this.group.frames, at = view.step === "" ? frames.at(-1).step : +view.step;
    const away = frames.map(frame => Math.abs(frame.step - at));
    this.slider.max = frames.length - 1;
    this.slider.value = away.indexOf(Math.min(...away));
  }
  build() {
    const group = this.group;
    this.toStep();
    this.panels.replaceChildren();
    this.perModel = group.inBlocks || !!this.slider;
    this.panels.classList.toggle("wide", !this.perModel);
    this.views = (this.perModel ? data.models.map(model => model.name) : ["all models"]).map((title, i) => {
      const figure = make("figure");
      this.panels.append(figure);
      const panel = new (this.kind.panel ?? Panel)(figure, title, this.state);
      panel.canvas && (panel.canvas.tabIndex = i ? -1 : 0); // one stop for the Tab key; Page Up and Page Down go on from there
      panel.neighbour = by => this.views[(i + by + this.views.length) % this.views.length].canvas?.focus();
      return panel;
    });
    this.arrange();
    this.update();
    this.explain();
  }
  arrange() { // rows of equal length: six panels are 6, 3 + 3 or 2 + 2 + 2, never 5 + 1
    const count = this.views.filter((_, i) => !this.perModel || !view.hidden.has(i)).length;
    const most = Math.max(1, Math.floor(this.root.clientWidth / 255)), rows = Math.ceil(count / most);
    this.panels.style.gridTemplateColumns = `repeat(${Math.ceil(count / rows)}, minmax(0, 1fr))`;
  }
  update() {
    const { group, plot, kind } = this, frame = this.slider ? group.frames[this.slider.value] : null;
    if (frame) this.stepLabel.textContent = frame.step;
    const lines = frame ? frame.lines : group.lines, axis = kind.training ? axes[view.x] : axes.step;
    const labels = { x: kind.training ? axis.label : plot.xLabel, y: plot.axis };
    this.state.shared = null;
    this.views.forEach((panel, i) => {
      panel.figure && (panel.figure.hidden = this.perModel && view.hidden.has(i));
      panel.live = this.live;
      panel.all = this.perModel ? lines.filter(line => line.model === i) : lines;
      panel.along = plot.x ?? axis.of(data.models[this.perModel ? i : 0]);
      if (!this.perModel && kind.training) {
        const joined = overlay(lines, axis);
        Object.assign(panel, { all: joined.lines, along: joined.along, picture: joined.picture });
      }
      panel.logX = kind.logX || kind.training && axis.log;
      panel.bars = kind.steps;
      panel.fixed = this.slider && !kind.panel ? this.fixed(i) : null;
      panel.window ??= null;
      if (panel.drawnOver !== labels.x + axis.title) { panel.window = null; panel.drawnOver = labels.x + axis.title; }
    });
    const ranges = this.views.map((panel, i) => panel.fixed ?? (this.same ? this.rangeOf(panel) : null)).filter(Boolean);
    if (this.same && ranges.length) this.state.shared = [Math.min(...ranges.map(r => r[0])), Math.max(...ranges.map(r => r[1]))];
    const guides = panel => kind.guides?.(panel.all, panel.along) ?? plot.guides ?? [];
    this.views.forEach(panel => panel.set(group, panel.all, panel.along, guides(panel), labels, plot));
  }
  rangeOf(panel) {
    panel.lines = panel.all.filter(isShown);
    return panel.range();
  }
  // The y axis of a model's panel holds all steps: what moves then is the curve and not the axis.
  fixed(model) {
    const panel = new LineRange(this.state);
    panel.lines = this.group.frames.flatMap(frame => frame.lines).filter(line => line.model === model && isShown(line));
    return panel.range();
  }
  explain() {
    const { group } = this;
    if (this.kind.note) { this.legend.replaceChildren(make("span", { textContent: this.kind.note })); return; }
    const style = `background: linear-gradient(90deg, ${[0, .25, .5, .75, 1].map(depthColour).join(",")})`;
    const items = group.inBlocks
      ? [make("span", { textContent: "block 0" }), make("span", { className: "bar", style }), make("span", { textContent: "last block" })]
      : this.slider ? [] : modelButtons();
    if (this.kind.legend) items.push(make("span", { textContent: this.kind.legend }));
    this.legend.replaceChildren(...items);
  }
}
// The range of lines without a panel.
class LineRange { constructor(state) { this.state = state; } }
LineRange.prototype.range = Panel.prototype.range;
