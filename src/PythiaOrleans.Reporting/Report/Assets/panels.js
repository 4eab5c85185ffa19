// What is no line plot: pictures of correlations, tables of tokens; and the findings.
const median = values => { const s = [...values].sort((a, b) => a - b), n = s.length; return n ? (s[(n - 1) >> 1] + s[n >> 1]) / 2 : null; };
const edges = (lines, x) => { const edge = median(lines.map(line => line.edge).filter(v => v != null)); return edge == null ? [] : [{ name: "edge", y: x.map(() => edge) }]; };
// The ranks at which the writer kept a value: about 16 a decade.
const ranks = lines => { const n = Math.max(...lines.map(line => line.y.length)), x = []; for (let k = 0, rank = 0; x.length < n; k++) { const at = Math.round(10 ** (k / 16)); if (at > rank) x.push(rank = at); } return x; };
const tokenText = id => { const text = data.tokens[id]; return !text || /[\u0000-\u0008\u000b-\u001f\u007f\ufffd]/.test(text) ? `#${id}` : text.replace(/ /g, "␣").replace(/\n/g, "↵"); };
const note = {
  heatmap: "blue: −1, white or black: 0, orange: +1; the diagonal is 1. Arrow keys or the pointer read single values.",
  tokens: "The leading singular directions with their singular values, and the tokens of largest logit; ␣ is a space, a number is a token that is no text by itself.",
};
const modelLegend = () => make("div", { className: "legend" }, ...data.models.map((model, i) => make("span", {}, make("span", { className: "swatch", style: `background: ${modelColour(i)}` }), model.name)));

class HeatMap {
  constructor(figure, title, state) {
    this.canvas = make("canvas", { tabIndex: 0, className: "square" });
    this.canvas.setAttribute("role", "img");
    Object.assign(this, { title, state, cursor: null });
    figure.append(make("figcaption", { textContent: title }), this.canvas);
    this.canvas.addEventListener("pointermove", event => this.show(Math.floor(event.offsetY / this.cell), Math.floor(event.offsetX / this.cell), event.clientX, event.clientY));
    for (const name of ["pointerleave", "blur"]) this.canvas.addEventListener(name, () => { tip.style.display = "none"; this.cursor = null; });
    this.canvas.addEventListener("keydown", event => this.key(event));
  }
  set(group, lines) {
    this.line = lines[0];
    const n = this.size = this.line?.tokens.length ?? 0;
    if (n) {
      const raw = atob(this.line.cells), r = this.values = new Float32Array(n * n);
      for (let i = 0, at = 0; i < n; i++) { r[i * n + i] = 1; for (let j = i + 1; j < n; j++) r[i * n + j] = r[j * n + i] = (raw.charCodeAt(at++) << 24 >> 24) / 127; }
    }
    this.canvas.setAttribute("aria-label", `Correlations of ${n} tokens, ${this.title}`);
    this.draw();
  }
  place(i) { return this.state.found ? this.line.order[i] : i; }
  draw() {
    const { canvas, size: n } = this, ratio = devicePixelRatio || 1, width = canvas.clientWidth;
    if (!width) return;
    canvas.width = canvas.height = width * ratio;
    const c = canvas.getContext("2d");
    if (!n) { c.scale(ratio, ratio); c.font = "11px system-ui, sans-serif"; c.fillStyle = css("--soft"); c.fillText("not measured yet", 12, 24); return; }
    this.cell = width / n;
    const picture = new ImageData(n, n), zero = dark.matches ? [21, 23, 26] : [255, 255, 255], low = [0, 114, 178], high = [230, 120, 0];
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
      const r = this.values[this.place(i) * n + this.place(j)], end = r < 0 ? low : high, share = Math.abs(r), at = 4 * (i * n + j);
      for (let k = 0; k < 3; k++) picture.data[at + k] = zero[k] + share * (end[k] - zero[k]);
      picture.data[at + 3] = 255;
    }
    const small = make("canvas", { width: n, height: n });
    small.getContext("2d").putImageData(picture, 0, 0);
    c.imageSmoothingEnabled = false;
    c.drawImage(small, 0, 0, canvas.width, canvas.height);
  }
  range() { return null; }
  key(event) {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move || !this.size) return;
    event.preventDefault();
    const [i, j] = (this.cursor ?? [0, 0]).map((v, k) => Math.min(this.size - 1, Math.max(0, v + move[k]))), box = this.canvas.getBoundingClientRect();
    this.show(i, j, box.left + j * this.cell, box.top + i * this.cell);
  }
  show(i, j, X, Y) {
    if (!this.size || i >= this.size || j >= this.size || i < 0 || j < 0) return;
    this.cursor = [i, j];
    const [a, b] = [this.place(i), this.place(j)];
    tip.textContent = `${this.title}: ${tokenText(this.line.tokens[a])} with ${tokenText(this.line.tokens[b])}: ${this.values[a * this.size + b].toFixed(2)}`;
    tip.style.display = "block";
    tip.style.left = Math.min(X + 14, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.max(4, Y - 34) + "px";
    this.canvas.setAttribute("aria-description", tip.textContent);
  }
}

class TokenTable {
  constructor(figure, title, state) {
    this.state = state;
    this.body = make("tbody");
    figure.append(make("figcaption", { textContent: title }), make("table", { className: "tokens" }, this.body));
  }
  set(group, lines) {
    const line = lines.find(line => line.block === this.state.block);
    if (!line) { this.body.replaceChildren(make("tr", {}, make("td", { textContent: "no such block" }))); return; }
    const each = line.tokens.length / line.y.length;
    this.body.replaceChildren(...line.y.map((value, i) => make("tr", {}, make("th", { textContent: number(value) }),
      make("td", {}, ...line.tokens.slice(i * each, (i + 1) * each).map(id => make("code", { textContent: tokenText(id), title: `token ${id}` }))))));
  }
  draw() { }
  range() { return null; }
}

const panelOf = { heatmap: HeatMap, tokens: TokenTable };

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

