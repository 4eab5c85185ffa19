// One number of every attention head along training: a row of cells for each head, a column for each checkpoint.
const headMargins = { left: 48, right: 56, top: 4, bottom: 34 };
class HeadMap extends CellMap {
  constructor(figure, title, state) { super(figure, title, state, headMargins, ""); }
  get rows() { return this.lines.length; }
  get columns() { return this.x.length; }
  set(group, lines, x, guides, labels) {
    Object.assign(this, { lines: lines.filter(isShown), x, labels });
    let low = 0, high = -Infinity; // one scale for all models
    for (const line of group.lines) for (const v of line.y) if (v != null) { low = Math.min(low, v); high = Math.max(high, v); }
    Object.assign(this, { low, high });
    this.canvas.setAttribute("aria-label", `${labels.y} of ${this.lines.length} heads, ${this.title}`);
    this.draw();
  }
  paint(c, width, height) {
    const { lines } = this, { left, right, top, bottom } = headMargins;
    c.font = "11px system-ui, 'DejaVu Sans', sans-serif";
    c.fillStyle = css("--soft");
    if (!lines.length || !(this.high > this.low)) { c.fillText("not measured yet, or not chosen", 12, 24); return; }
    const [wide, tall] = [width - left - right, height - top - bottom];
    this.width = wide / this.x.length;
    this.height = tall / lines.length;
    lines.forEach((line, row) => line.y.forEach((v, i) => {
      if (v == null) return;
      c.fillStyle = this.colour(v);
      c.fillRect(left + i * this.width, top + row * this.height, this.width + 0.5, this.height + 0.5);
    }));
    this.paintBlocks(c, wide);
    c.fillStyle = css("--soft"); c.textAlign = "center"; c.textBaseline = "top";
    const every = Math.max(1, Math.ceil(this.x.length * 46 / wide));
    this.x.forEach((v, i) => { if (i % every === 0) c.fillText(short(v), left + (i + 0.5) * this.width, top + tall + 5); });
    c.fillText(this.labels.x, left + wide / 2, top + tall + 20);
    this.paintBar(c, left + wide + 10, tall);
  }
  colour(v) { return depthColour((v - this.low) / (this.high - this.low)); }
  // Names where there is room, and thin lines between blocks.
  paintBlocks(c, wide) {
    const { lines } = this, { left, top } = headMargins;
    c.textAlign = "right"; c.textBaseline = "middle";
    lines.forEach((line, row) => {
      if (row && lines[row - 1].block === line.block) return;
      const rows = lines.filter(other => other.block === line.block).length;
      c.fillStyle = css("--soft");
      if (rows * this.height >= 11) c.fillText(`block ${line.block}`, left - 4, top + (row + rows / 2) * this.height);
      c.fillStyle = css("--panel");
      if (row) c.fillRect(left, top + row * this.height - 0.5, wide, 1);
    });
  }
  paintBar(c, x, tall) {
    const cells = 40, { top } = headMargins;
    for (let i = 0; i < cells; i++) {
      c.fillStyle = depthColour(1 - i / (cells - 1));
      c.fillRect(x, top + i * tall / cells, 10, tall / cells + 0.5);
    }
    c.fillStyle = css("--soft"); c.textAlign = "left"; c.textBaseline = "middle";
    for (const t of linearTicks(this.low, this.high, 4)) {
      c.fillText(short(t), x + 13, top + tall * (1 - (t - this.low) / (this.high - this.low)));
    }
  }
  show(row, i, X, Y) {
    const line = this.lines[row];
    if (!line || !(i >= 0 && i < this.x.length)) { hideTip(); return; }
    this.cursor = [row, i];
    showTip(`${this.title}, block ${line.block}, head ${line.head}: ${this.labels.x} ${number(this.x[i])}, ${number(line.y[i])}`, X, Y);
    this.canvas.setAttribute("aria-description", tip.textContent);
  }
}

kinds.heads = {
  panel: HeadMap,
  training: true,
  note: "The first block is on top. Arrow keys or the pointer read single values.",
};
