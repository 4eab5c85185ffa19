// One number of every attention head along training: a row of cells for each head, a column for each checkpoint.
class HeadMap {
  constructor(figure, title, state) {
    this.canvas = make("canvas", { tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    Object.assign(this, { title, state, figure, cursor: null });
    this.scale = make("div", { className: "legend" });
    figure.append(make("figcaption", { textContent: title }), this.canvas, this.scale);
    this.canvas.addEventListener("pointermove", event => this.show(
      Math.floor((event.offsetY - 1) / this.height), Math.floor((event.offsetX - this.left) / this.width), event.clientX, event.clientY));
    for (const name of ["pointerleave", "blur"]) {
      this.canvas.addEventListener(name, () => { hideTip(); this.cursor = null; });
    }
    this.canvas.addEventListener("keydown", event => this.key(event));
  }
  set(group, lines, x, guides, labels) {
    Object.assign(this, { lines: lines.filter(isShown), x, labels });
    let low = 0, high = -Infinity; // one scale for all models
    for (const line of group.lines) for (const v of line.y) if (v != null) { low = Math.min(low, v); high = Math.max(high, v); }
    Object.assign(this, { low, high });
    this.scale.textContent = this.lines.length && high > low ? `dark ${number(low)}, bright ${number(high)} (${labels.y})` : "";
    this.canvas.setAttribute("aria-label", `${labels.y} of ${this.lines.length} heads, ${this.title}`);
    this.draw();
  }
  draw() {
    const { canvas } = this, ratio = devicePixelRatio || 1, full = canvas.clientWidth, tall = canvas.clientHeight;
    if (!full || !this.live) return;
    canvas.width = full * ratio; canvas.height = tall * ratio;
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    this.paint(c, full, tall);
  }
  paint(c, full, tall) {
    const { lines } = this;
    c.font = "11px system-ui, sans-serif";
    c.fillStyle = css("--soft");
    if (!lines.length || !(this.high > this.low)) { c.fillText("not measured yet", 12, 24); return; }
    this.left = 44;
    this.width = (full - this.left - 4) / this.x.length;
    this.height = (tall - 30) / lines.length;
    c.textAlign = "right"; c.textBaseline = "middle";
    lines.forEach((line, row) => {
      if (row === 0 || lines[row - 1].block !== line.block) {
        const rows = lines.filter(other => other.block === line.block).length;
        if (rows * this.height >= 11) c.fillText(`block ${line.block}`, this.left - 4, 1 + (row + rows / 2) * this.height);
      }
    });
    c.textAlign = "center"; c.textBaseline = "top";
    const every = Math.max(1, Math.ceil(this.x.length * 46 / (full - this.left)));
    this.x.forEach((v, i) => { if (i % every === 0) c.fillText(short(v), this.left + (i + .5) * this.width, tall - 26); });
    c.fillText(this.labels.x, (this.left + full) / 2, tall - 13);
    lines.forEach((line, row) => line.y.forEach((v, i) => {
      if (v == null) return;
      c.fillStyle = depthColour((v - this.low) / (this.high - this.low));
      c.fillRect(this.left + i * this.width, 1 + row * this.height, this.width + .5, this.height + .5);
    }));
    c.fillStyle = css("--line");
    lines.forEach((line, row) => { // between blocks
      if (row && lines[row - 1].block !== line.block) c.fillRect(this.left, 1 + row * this.height - .5, full - this.left - 4, 1);
    });
  }
  range() { return null; }
  key(event) {
    if (event.key === "PageDown" || event.key === "PageUp") { event.preventDefault(); this.neighbour?.(event.key === "PageDown" ? 1 : -1); }
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move || !this.lines.length) return;
    event.preventDefault();
    const most = [this.lines.length - 1, this.x.length - 1];
    const [row, i] = (this.cursor ?? [0, 0]).map((v, k) => Math.min(most[k], Math.max(0, v + move[k])));
    const box = this.canvas.getBoundingClientRect();
    this.show(row, i, box.left + this.left + i * this.width, box.top + row * this.height);
  }
  show(row, i, X, Y) {
    const line = this.lines[row];
    if (!line || !(i >= 0 && i < this.x.length)) return;
    this.cursor = [row, i];
    const where = `${this.title}, block ${line.block}, head ${line.head}`;
    showTip(`${where}: ${this.labels.x} ${number(this.x[i])}, ${number(line.y[i])}`, X, Y);
    this.canvas.setAttribute("aria-description", tip.textContent);
  }
}

kinds.heads = {
  panel: HeadMap,
  training: true,
  saves: true,
  note: "A row for each head, the first block on top; a column for each checkpoint. Read it from left to right: where a row turns "
    + "bright, the head has learnt to look there. Arrow keys or the pointer read single values.",
};
