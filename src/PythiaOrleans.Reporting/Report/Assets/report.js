const packed = Uint8Array.from(atob(document.getElementById("data").textContent), letter => letter.charCodeAt(0));
const data = JSON.parse(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
const dark = matchMedia("(prefers-color-scheme: dark)");
const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node[key] = value;
  node.append(...children);
  return node;
};
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Viridis, sampled; the end that would vanish into the background is left out.
const viridis = [
  [68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
  [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37],
];
const depthColour = share => {
  const [low, high] = dark.matches ? [0.25, 1] : [0, 0.88];
  const at = (low + share * (high - low)) * (viridis.length - 1), i = Math.min(Math.floor(at), viridis.length - 2);
  return `rgb(${viridis[i].map((c, k) => Math.round(c + (at - i) * (viridis[i + 1][k] - c))).join(",")})`;
};
// Okabe and Ito's palette: told apart with any colour vision.
const modelColour = i => ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#999999", "#b8a800"][i % 8];
const lineColour = (group, line) => line.colour
  ?? (group.inBlocks ? depthColour(line.block / Math.max(1, data.models[line.model].blocks - 1)) : modelColour(line.model));

const modelSwatches = () => data.models.map((model, i) =>
  make("span", {}, make("span", { className: "swatch", style: `background: ${modelColour(i)}` }), model.name));

// Builds what is costly when the reader comes near it, and all of it before printing.
const waiting = new Set();
const whenNear = (node, build) => {
  const observer = new IntersectionObserver(entries => entries.some(entry => entry.isIntersecting) && start(), { rootMargin: "300px" });
  const start = () => { observer.disconnect(); waiting.delete(start); build(); };
  waiting.add(start);
  observer.observe(node);
};
addEventListener("beforeprint", () => [...waiting].forEach(start => start()));

const number = v => v == null ? "–"
  : v === 0 ? "0"
  : Math.abs(v) >= 1e5 || Math.abs(v) < 1e-3 ? v.toExponential(2)
  : String(+v.toPrecision(4));
const short = v => Math.abs(v) >= 1e6 ? +(v / 1e6).toPrecision(3) + "M"
  : Math.abs(v) >= 1e4 ? +(v / 1e3).toPrecision(3) + "k"
  : v !== 0 && Math.abs(v) < 1e-3 ? v.toExponential(0)
  : String(+v.toPrecision(4));
const ticks = (low, high, log, most) => {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    if (last - first >= 1) {
      const every = Math.max(1, Math.ceil((last - first + 1) / most));
      return Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(e => e % every === 0).map(e => 10 ** e);
    }
  }
  const raw = (high - low) / most, unit = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].map(f => f * unit).find(s => s >= raw);
  const result = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) result.push(k * step);
  return result;
};

const median = values => {
  const s = [...values].sort((a, b) => a - b), n = s.length;
  return n ? (s[(n - 1) >> 1] + s[n >> 1]) / 2 : null;
};
const unreadable = /[\u0000-\u0008\u000b-\u001f\u007f\ufffd]/;
const tokenText = id => {
  const text = data.tokens[id];
  return !text || unreadable.test(text) ? `#${id}` : text.replace(/ /g, "␣").replace(/\n/g, "↵");
};

// Kinds of plots: each script adds what is special about its kind, and a kind may leave out all of it.
//   panel     the class of a panel that is no line plot
//   logX      whether the x axis is logarithmic
//   training  whether x is training, and may be measured otherwise than in steps
//   guides    (lines, x) => [{ name, y }]: what one panel is compared with, where the plot's data do not say it
//   controls  (plot, head): adds controls to the plot's head
//   note      what stands below the panels instead of a legend
//   legend    what stands there beside it
const kinds = {};

const tip = make("div", { id: "tip" });
tip.setAttribute("role", "status");
document.body.append(tip);

class Panel {
  constructor(figure, title, state) {
    this.canvas = make("canvas", { tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    this.title = title;
    this.state = state;
    this.cursor = null;
    figure.append(make("figcaption", { textContent: title }), this.canvas);
    this.canvas.addEventListener("pointermove", event => this.read(event.offsetX, event.offsetY, event));
    this.canvas.addEventListener("pointerleave", () => this.leave());
    this.canvas.addEventListener("blur", () => this.leave());
    this.canvas.addEventListener("keydown", event => this.key(event));
  }
  set(group, lines, x, guides, labels) {
    Object.assign(this, { group, lines, x, guides, labels });
    this.canvas.setAttribute("aria-label", `${labels.y} of ${group.name}, ${this.title}: ${lines.length} lines`);
    this.draw();
  }
  range() {
    const { log } = this.state, { lines } = this;
    let low = Infinity, high = -Infinity;
    const see = v => { if (v != null && (!log || v > 0)) { if (v < low) low = v; if (v > high) high = v; } };
    for (const line of lines) line.y.forEach(see);
    if (low <= high) this.picture?.limits.forEach(see); // a tolerance is seen, however far the values are from it
    if (!(low <= high)) return null;
    if (low === high) { const pad = Math.abs(low) * 0.05 || 1; [low, high] = log ? [low / 1.5, high * 1.5] : [low - pad, high + pad]; }
    else if (log) { const pad = (high / low) ** 0.04; low /= pad; high *= pad; }
    else { const pad = (high - low) * 0.05; low -= pad; high += pad; }
    return [low, high];
  }
  draw() {
    const { canvas } = this, ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    canvas.width = width * ratio; canvas.height = height * ratio;
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    c.font = "11px system-ui, 'DejaVu Sans', sans-serif";
    const range = this.state.shared ?? this.range();
    if (!range) { c.fillStyle = css("--soft"); c.fillText("not measured yet", 12, 24); this.area = null; return; }
    const [low, high] = range, log = this.state.log;
    const yTicks = ticks(low, high, log, Math.max(3, Math.floor(height / 45))), xLow = this.x[0];
    let end = this.x.length - 1; // ranks end where this model's matrices do
    while (this.logX && end > 1 && this.lines.every(line => line.y[end] == null)) end--;
    const xHigh = this.x[end], along = this.logX ? Math.log : v => v;
    const left = Math.max(...yTicks.map(t => c.measureText(short(t)).width), 18) + (this.labels.bare ? 10 : 24), right = width - 10, top = 8, bottom = height - 34;
    const px = v => left + (along(v) - along(xLow)) / (along(xHigh) - along(xLow) || 1) * (right - left);
    const share = v => log ? (Math.log(v) - Math.log(low)) / (Math.log(high) - Math.log(low)) : (v - low) / (high - low);
    const py = v => bottom - share(v) * (bottom - top);
    this.area = { left, right, top, bottom, px, py };
    c.strokeStyle = css("--line"); c.fillStyle = css("--soft"); c.lineWidth = 1;
    c.textAlign = "right"; c.textBaseline = "middle";
    const segment = (x1, y1, x2, y2) => { c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke(); };
    const dot = (x, y, radius) => { c.beginPath(); c.arc(x, y, radius, 0, 7); c.fill(); };
    for (const t of yTicks) {
      const y = Math.round(py(t)) + 0.5;
      segment(left, y, right, y);
      c.fillText(short(t), left - 5, y);
    }
    c.textAlign = "center"; c.textBaseline = "top";
    const whole = this.labels.x === "block" ? Number.isInteger : () => true;
    for (const t of ticks(xLow, xHigh, this.logX, Math.max(3, Math.floor((right - left) / 50))).filter(whole)) {
      segment(px(t), bottom, px(t), bottom + 4);
      c.fillText(short(t), px(t), bottom + 6);
    }
    c.fillText(this.labels.x, (left + right) / 2, bottom + 20);
    c.save();
    c.translate(9, (top + bottom) / 2);
    c.rotate(-Math.PI / 2);
    c.textBaseline = "middle";
    if (!this.labels.bare) c.fillText(this.labels.y, 0, 0);
    c.restore();
    c.save(); c.beginPath(); c.rect(left, top - 2, right - left, bottom - top + 4); c.clip();
    const { windows, limits, marks, connect, dots } = this.picture ?? { windows: [], limits: [], marks: [] };
    for (const window of windows) {
      c.globalAlpha = window.model == null ? 0.16 : 0.1;
      c.fillStyle = window.model == null ? css("--accent") : modelColour(window.model);
      c.fillRect(px(window.from), top - 2, px(window.to) - px(window.from), bottom - top + 4);
    }
    c.globalAlpha = 1;
    c.setLineDash([5, 4]);
    c.strokeStyle = css("--ink");
    for (const limit of limits) segment(left, py(limit), right, py(limit));
    c.setLineDash([]);
    const stroke = (y, colour, lineWidth, dash) => {
      c.strokeStyle = colour; c.lineWidth = lineWidth; c.setLineDash(dash); c.beginPath();
      let open = false;
      y.forEach((v, i) => {
        if (v == null || (log && v <= 0)) { open &&= connect; return; }
        const [X, Y] = [px(this.x[i]), py(v)];
        open ? c.lineTo(X, Y) : c.moveTo(X, Y);
        open = true;
      });
      c.stroke();
    };
    for (const line of this.lines) {
      stroke(line.y, lineColour(this.group, line), this.lines.length > 12 ? 1.1 : 1.5, []);
      line.y.forEach((v, i) => { // a lone value would leave no stroke
        if (v == null || (log && v <= 0)) return;
        if (!dots && (line.y[i - 1] != null || line.y[i + 1] != null || connect && line.y.length > 1)) return;
        c.fillStyle = lineColour(this.group, line);
        dot(px(this.x[i]), py(v), 2);
      });
    }
    c.setLineDash([]);
    for (const mark of marks) {
      if (mark.y == null || (log && mark.y <= 0)) continue;
      c.strokeStyle = css("--ink");
      c.fillStyle = lineColour(this.group, mark);
      c.lineWidth = 1;
      dot(px(mark.x), py(mark.y), 3.2);
      c.stroke();
    }
    this.guides.forEach((g, i) => stroke(g.y, css("--ink"), 1.1, i ? [2, 3] : [6, 4]));
    if (this.cursor) {
      const { i, line } = this.cursor;
      c.setLineDash([]);
      c.fillStyle = css("--ink");
      dot(px(this.x[i]), py(line.y[i]), 3.5);
    }
    c.restore();
  }
  read(X, Y, event) {
    if (!this.area) return;
    let best = null, distance = Infinity;
    for (const line of this.lines) {
      line.y.forEach((v, i) => {
        if (v == null) return;
        const d = Math.hypot(this.area.px(this.x[i]) - X, (this.area.py(v) - Y) * 1.5);
        if (d < distance) { distance = d; best = { line, i }; }
      });
    }
    this.show(best, event.clientX, event.clientY);
  }
  key(event) {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!move || !this.area) return;
    event.preventDefault();
    const at = this.cursor ?? { line: this.lines[0], i: 0 }, n = this.lines.length;
    const line = this.lines[(this.lines.indexOf(at.line) + move[1] + n) % n];
    let i = at.i + move[0];
    while (i >= 0 && i < this.x.length && line.y[i] == null) i += move[0] || 1;
    if (i < 0 || i >= this.x.length) return;
    const box = this.canvas.getBoundingClientRect();
    this.show({ line, i }, box.left + this.area.px(this.x[i]), box.top + this.area.py(line.y[i]));
  }
  show(cursor, X, Y) {
    this.cursor = cursor;
    this.draw();
    if (!cursor) return;
    const { line, i } = cursor, who = `${data.models[line.model].name}${line.block == null ? "" : `, block ${line.block}`}`;
    const mark = this.picture?.marks.find(m => m.model === line.model && m.block === line.block && m.x === this.x[i]);
    tip.textContent = `${who}: ${this.labels.x} ${number(this.x[i])}, ${number(line.y[i])}${mark ? ` (${mark.text})` : ""}`;
    tip.style.display = "block";
    tip.style.left = Math.min(X + 14, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.max(4, Y - 34) + "px";
    this.canvas.setAttribute("aria-description", tip.textContent);
  }
  leave() { this.cursor = null; tip.style.display = "none"; this.draw(); }
}

// What a series may be drawn over. Decay time is weight decay times the summed learning rate, known where the schedule is.
const axes = {
  step: { label: "step", of: model => model.steps },
  fraction: { label: "fraction of training", of: model => model.steps.map(step => step / (model.steps.at(-1) || 1)) },
  decay: { label: "decay time", of: model => model.decayTimes },
};
const axisChoice = (head, changed) => {
  const known = data.models.every(model => model.decayTimes), choice = make("select");
  for (const [value, { label }] of Object.entries(axes)) {
    if (value !== "decay" || known) choice.append(make("option", { value, textContent: label }));
  }
  choice.addEventListener("change", changed);
  head.append(make("label", {}, "over ", choice));
  return choice;
};
// Models have other places along an axis than steps: one panel of all has every place, and gaps that are drawn through.
const overlay = (lines, axis) => {
  const along = [...new Set(lines.flatMap(line => axis.of(data.models[line.model])))].sort((a, b) => a - b);
  const index = new Map(along.map((v, i) => [v, i]));
  return {
    along,
    picture: { windows: [], limits: [], marks: [], connect: axis !== axes.step },
    lines: lines.map(line => {
      const y = new Array(along.length).fill(null);
      axis.of(data.models[line.model]).forEach((v, i) => { y[index.get(v)] = line.y[i]; });
      return { ...line, y };
    }),
  };
};

class Plot {
  constructor(section, plot) {
    this.plot = plot;
    this.state = { log: plot.log, shared: null };
    this.root = make("div", { className: "plot", id: plot.id });
    const head = make("div", { className: "head" }, make("h3", { textContent: plot.title }));
    this.root.append(head);
    section.append(this.root);
    if (!plot.groups.length) {
      const textContent = "Not measured yet: no result of this analysis is committed for this sweep.";
      this.root.append(make("div", { className: "none", textContent }));
      return;
    }
    this.choice = make("select");
    plot.groups.forEach((group, i) => this.choice.append(make("option", { value: i, textContent: group.name })));
    this.choice.value = plot.first;
    this.kind = kinds[plot.kind] ?? {};
    head.append(make("label", {}, "component ", this.choice));
    const log = make("input", { type: "checkbox", checked: plot.log }), same = make("input", { type: "checkbox" });
    if (!this.kind.panel) head.append(make("label", {}, log, "log y"), make("label", {}, same, "same scale"));
    if (this.kind.training) this.axis = axisChoice(head, () => this.views && this.update());
    this.kind.controls?.(this, head);
    if (this.group.frames) {
      this.slider = make("input", { type: "range", min: 0, max: 0, value: 0 });
      this.stepLabel = make("output");
      const play = make("button", { type: "button", textContent: "Play" });
      play.addEventListener("click", () => this.play(play));
      head.append(make("label", {}, "step ", this.slider, this.stepLabel), play);
      this.slider.addEventListener("input", () => this.update());
    }
    this.panels = make("div", { className: "panels" });
    this.legend = make("div", { className: "legend" });
    this.root.append(this.panels, this.legend);
    this.choice.addEventListener("change", () => this.build());
    log.addEventListener("change", () => { this.state.log = log.checked; this.update(); });
    same.addEventListener("change", () => { this.same = same.checked; this.update(); });
    whenNear(this.root, () => this.build());
    addEventListener("resize", () => { this.arrange(); this.views?.forEach(view => view.draw()); });
    dark.addEventListener("change", () => this.views && this.build());
  }
  play(button) {
    if (this.timer) { clearInterval(this.timer); this.timer = null; button.textContent = "Play"; return; }
    if (this.slider.value === this.slider.max) { this.slider.value = 0; this.update(); }
    button.textContent = "Stop";
    this.timer = setInterval(() => {
      this.slider.value = +this.slider.value + 1;
      this.update();
      if (this.slider.value === this.slider.max) this.play(button);
    }, 500);
  }
  get group() { return this.plot.groups[this.choice.value]; }
  build() {
    const group = this.group;
    if (this.slider) {
      const keep = this.views ? +this.slider.value : group.frames.length - 1;
      this.slider.max = group.frames.length - 1;
      this.slider.value = Math.min(keep, group.frames.length - 1);
    }
    this.panels.replaceChildren();
    this.panels.classList.toggle("wide", !group.inBlocks && !this.slider);
    const perModel = group.inBlocks || this.slider;
    this.views = (perModel ? data.models.map(model => model.name) : ["all models"]).map(title => {
      const figure = make("figure");
      this.panels.append(figure);
      return new (this.kind.panel ?? Panel)(figure, title, this.state);
    });
    this.arrange();
    this.update();
    this.explain(group);
  }
  arrange() { // rows of equal length: six panels are 6, 3 + 3 or 2 + 2 + 2, never 5 + 1
    if (!this.views) return;
    const most = Math.max(1, Math.floor(this.root.clientWidth / 255)), rows = Math.ceil(this.views.length / most);
    this.panels.style.gridTemplateColumns = `repeat(${Math.ceil(this.views.length / rows)}, minmax(0, 1fr))`;
  }
  update() {
    const { group, plot, kind } = this, frame = this.slider ? group.frames[this.slider.value] : null;
    if (frame) this.stepLabel.textContent = frame.step;
    const lines = frame ? frame.lines : group.lines, perModel = this.views.length > 1 || group.inBlocks || this.slider;
    const axis = axes[this.axis?.value ?? "step"], labels = { x: this.axis ? axis.label : plot.xLabel, y: plot.axis };
    this.state.shared = null;
    this.views.forEach((view, i) => {
      view.lines = perModel ? lines.filter(line => line.model === i) : lines;
      view.along = plot.x ?? axis.of(data.models[perModel ? i : 0]);
      if (!perModel && this.axis) Object.assign(view, overlay(lines, axis));
      view.logX = kind.logX;
    });
    if (this.same) {
      const ranges = this.views.map(view => view.range()).filter(Boolean);
      if (ranges.length) this.state.shared = [Math.min(...ranges.map(r => r[0])), Math.max(...ranges.map(r => r[1]))];
    }
    this.views.forEach(view => view.set(group, view.lines, view.along, kind.guides?.(view.lines, view.along) ?? plot.guides ?? [], labels));
  }
  explain(group) {
    if (this.kind.note) { this.legend.replaceChildren(make("span", { textContent: this.kind.note })); return; }
    const style = `background: linear-gradient(90deg, ${[0, .25, .5, .75, 1].map(depthColour).join(",")})`;
    const items = group.inBlocks
      ? [make("span", { textContent: "block 0" }), make("span", { className: "bar", style }), make("span", { textContent: "last block" })]
      : this.slider ? [] : modelSwatches();
    if (this.kind.legend) items.push(make("span", { textContent: this.kind.legend }));
    this.legend.replaceChildren(...items);
  }
}

