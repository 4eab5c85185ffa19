// Numbers between -1 and 1 above the diagonal of a symmetric matrix, as a picture with the ids of its rows and a colour bar.
const margins = { left: 40, right: 58, top: 8, bottom: 34 };
class HeatMap extends CellMap {
  constructor(figure, title, state) { super(figure, title, state, margins, "square"); }
  get rows() { return this.size; }
  get columns() { return this.size; }
  set(group, lines, x, guides, labels, plot) {
    this.line = lines.filter(isShown)[0];
    Object.assign(this, { labels, full: plot.fullScale ?? 1 });
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
  paint(c, width, height) {
    const { size: n } = this;
    c.font = "11px system-ui, 'DejaVu Sans', sans-serif";
    c.fillStyle = css("--soft");
    if (!n) { c.fillText("not measured yet, or not chosen", 12, 24); return; }
    const side = Math.min(width - margins.left - margins.right, height - margins.top - margins.bottom);
    this.width = this.height = side / n;
    const picture = new ImageData(n, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) this.colour(this.values[this.place(i) * n + this.place(j)], picture.data, 4 * (i * n + j));
    }
    const small = make("canvas", { width: n, height: n });
    small.getContext("2d").putImageData(picture, 0, 0);
    c.imageSmoothingEnabled = false;
    c.drawImage(small, margins.left, margins.top, side, side);
    this.paintIds(c, side);
    this.paintBar(c, side);
  }
  colour(value, pixels, at) {
    const zero = isDark() ? [21, 23, 26] : [255, 255, 255], end = value < 0 ? [0, 114, 178] : [230, 120, 0];
    const share = Math.min(1, Math.abs(value) / this.full);
    for (let k = 0; k < 3; k++) pixels[at + k] = zero[k] + share * (end[k] - zero[k]);
    pixels[at + 3] = 255;
  }
  // Ids along both sides; thin lines where digits, capital and small letters begin and end.
  paintIds(c, side) {
    const { size: n, width: cell } = this, { left, top } = margins, bottom = top + side;
    const tokens = this.line.tokens, text = i => tokens ? data.tokens[tokens[i]] ?? "" : "";
    const kind = i => [/^[0-9]$/, /^[A-Z]$/, /^[a-z]$/].findIndex(form => form.test(text(i)));
    c.fillStyle = css("--soft"); c.strokeStyle = css("--soft"); c.lineWidth = 0.6;
    c.textBaseline = "middle";
    const found = this.state.found && this.line.order;
    const label = i => found || !tokens ? String(i) : kind(i) < 0 ? String(tokens[i]) : `${tokens[i]} ${text(i)}`;
    for (const t of linearTicks(0, n - 1, 5).filter(Number.isInteger)) {
      const at = (t + 0.5) * cell;
      c.textAlign = "right"; c.textBaseline = "middle";
      c.fillText(label(t), left - 5, top + at);
      c.textAlign = "center"; c.textBaseline = "top";
      c.fillText(label(t), left + at, bottom + 5);
    }
    c.fillText(found ? "place in the found order" : "token id", left + side / 2, bottom + 20);
    if (found) return;
    for (let i = 1; i < n; i++) {
      if (kind(i) === kind(i - 1)) continue;
      c.beginPath();
      c.moveTo(left + i * cell, top); c.lineTo(left + i * cell, bottom);
      c.moveTo(left, top + i * cell); c.lineTo(left + side, top + i * cell);
      c.stroke();
    }
  }
  paintBar(c, side) {
    const x = margins.left + side + 10, cells = 60, pixel = new Uint8ClampedArray(4);
    for (let i = 0; i < cells; i++) {
      this.colour(this.full * (1 - 2 * i / (cells - 1)), pixel, 0);
      c.fillStyle = `rgb(${pixel[0]},${pixel[1]},${pixel[2]})`;
      c.fillRect(x, margins.top + i * side / cells, 10, side / cells + 0.5);
    }
    c.fillStyle = css("--soft"); c.textAlign = "left"; c.textBaseline = "middle";
    for (const t of linearTicks(-this.full, this.full, 5)) c.fillText(short(t), x + 14, margins.top + side * (1 - t / this.full) / 2);
  }
  show(i, j, X, Y) {
    if (!this.size || i >= this.size || j >= this.size || i < 0 || j < 0) { hideTip(); return; }
    this.cursor = [i, j];
    const [a, b] = [this.place(i), this.place(j)];
    showTip(`${this.title}: ${this.name(a)} with ${this.name(b)}: ${this.values[a * this.size + b].toFixed(2)}`, X, Y);
    this.canvas.setAttribute("aria-description", tip.textContent);
  }
}

kinds.heatmap = {
  panel: HeatMap,
  square: true,
  note: "blue: negative, orange: positive, the diagonal is 1; one cell in a hundred is beyond the ends of the colour bar. Lines mark where "
    + "digits, capital and small letters begin. Arrow keys or the pointer read single values.",
  controls(plot, head) {
    const found = make("input", { type: "checkbox" });
    found.addEventListener("change", () => { plot.state.found = found.checked; plot.update(); });
    head.append(make("label", {}, found, "found order"));
  },
};
