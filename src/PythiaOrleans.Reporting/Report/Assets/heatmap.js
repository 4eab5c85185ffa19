// Numbers between -1 and 1 above the diagonal of a symmetric matrix, as a picture.
class HeatMap {
  constructor(figure, title, state) {
    this.canvas = make("canvas", { tabIndex: 0, className: "square" });
    this.canvas.setAttribute("role", "img");
    Object.assign(this, { title, state, cursor: null });
    figure.append(make("figcaption", { textContent: title }), this.canvas);
    this.canvas.addEventListener("pointermove", event =>
      this.show(Math.floor(event.offsetY / this.cell), Math.floor(event.offsetX / this.cell), event.clientX, event.clientY));
    for (const name of ["pointerleave", "blur"]) {
      this.canvas.addEventListener(name, () => { tip.style.display = "none"; this.cursor = null; });
    }
    this.canvas.addEventListener("keydown", event => this.key(event));
  }
  set(group, lines, x, guides, labels) {
    this.line = lines[0];
    const raw = this.line ? atob(this.line.cells) : "";
    const n = this.size = raw.length ? Math.round((1 + Math.sqrt(1 + 8 * raw.length)) / 2) : 0; // n (n - 1) / 2 cells above the diagonal
    if (n) {
      const r = this.values = new Float32Array(n * n);
      for (let i = 0, at = 0; i < n; i++) {
        r[i * n + i] = 1;
        for (let j = i + 1; j < n; j++) r[i * n + j] = r[j * n + i] = (raw.charCodeAt(at++) << 24 >> 24) / 127;
      }
    }
    this.canvas.setAttribute("aria-label", `${labels.y} of ${n} rows, ${this.title}`);
    this.draw();
  }
  place(i) { return this.state.found && this.line.order ? this.line.order[i] : i; }
  name(i) { return this.line.tokens ? tokenText(this.line.tokens[i]) : `row ${i}`; }
  draw() {
    const { canvas, size: n } = this, ratio = devicePixelRatio || 1, width = canvas.clientWidth;
    if (!width) return;
    canvas.width = canvas.height = width * ratio;
    const c = canvas.getContext("2d");
    if (!n) {
      c.scale(ratio, ratio);
      c.font = "11px system-ui, sans-serif";
      c.fillStyle = css("--soft");
      c.fillText("not measured yet", 12, 24);
      return;
    }
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
    const [i, j] = (this.cursor ?? [0, 0]).map((v, k) => Math.min(this.size - 1, Math.max(0, v + move[k])));
    const box = this.canvas.getBoundingClientRect();
    this.show(i, j, box.left + j * this.cell, box.top + i * this.cell);
  }
  show(i, j, X, Y) {
    if (!this.size || i >= this.size || j >= this.size || i < 0 || j < 0) return;
    this.cursor = [i, j];
    const [a, b] = [this.place(i), this.place(j)];
    tip.textContent = `${this.title}: ${this.name(a)} with ${this.name(b)}: ${this.values[a * this.size + b].toFixed(2)}`;
    tip.style.display = "block";
    tip.style.left = Math.min(X + 14, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.max(4, Y - 34) + "px";
    this.canvas.setAttribute("aria-description", tip.textContent);
  }
}

kinds.heatmap = {
  panel: HeatMap,
  note: "blue: −1, white or black: 0, orange: +1; the diagonal is 1. Arrow keys or the pointer read single values.",
  controls(plot, head) {
    const found = make("input", { type: "checkbox" });
    found.addEventListener("change", () => { plot.state.found = found.checked; plot.update(); });
    head.append(make("label", {}, found, "found order"));
  },
};

