// What panels of every kind do with their canvas, and with the keys that lead from one plot to the next.
const repaint = panel => {
  const { canvas } = panel, ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !panel.live) return;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  panel.paint(c, width, height);
};
const pageKey = (panel, event) => {
  if (event.key !== "PageDown" && event.key !== "PageUp") return;
  event.preventDefault();
  panel.neighbour?.(event.key === "PageDown" ? 1 : -1);
};

// One panel of lines on a canvas. Pointer or arrow keys read values; dragging zooms, with Shift it moves; a double click or the key 0
// shows everything again.
const bare = { windows: [], limits: [], marks: [] };
class Panel {
  constructor(figure, title, state) {
    this.canvas = make("canvas", { tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    Object.assign(this, { title, state, figure, cursor: null, lines: [] });
    this.axisLabel = make("span", { className: "axis" });
    figure.append(make("figcaption", {}, title, this.axisLabel), this.canvas);
    const canvas = this.canvas;
    canvas.addEventListener("pointermove", event => this.drag ? this.dragged(event) : this.read(event.offsetX, event.offsetY, event));
    for (const name of ["pointerleave", "blur"]) canvas.addEventListener(name, () => this.leave());
    canvas.addEventListener("keydown", event => this.key(event));
    canvas.addEventListener("pointerdown", event => this.grab(event));
    canvas.addEventListener("pointerup", event => this.dropped(event));
    canvas.addEventListener("dblclick", () => this.zoom(null));
  }
  set(group, lines, x, guides, labels) {
    const all = lines;
    lines = lines.filter(isShown);
    Object.assign(this, { group, lines, x, guides, labels });
    this.axisLabel.textContent = labels.y;
    const values = lines.flatMap(line => line.y).filter(v => v != null);
    const range = values.length ? `, from ${number(Math.min(...minMax(values)))} to ${number(Math.max(...minMax(values)))}` : "";
    this.canvas.setAttribute("aria-label",
      `${labels.y} over ${labels.x}, ${group.name}, ${this.title}: ${lines.length} of ${all.length} lines${range}`);
    this.draw();
  }
  range() {
    const { log } = this.state, { lines } = this;
    let low = Infinity, high = -Infinity;
    const see = v => { if (v != null && (!log || v > 0)) { if (v < low) low = v; if (v > high) high = v; } };
    for (const line of lines) for (const values of [line.y, line.low ?? [], line.high ?? []]) values.forEach(see);
    if (low <= high) this.picture?.limits.forEach(see); // a tolerance is seen, however far the values are from it
    if (!(low <= high)) return null;
    if (low === high) { const pad = Math.abs(low) * 0.05 || 1; [low, high] = log ? [low / 1.5, high * 1.5] : [low - pad, high + pad]; }
    else if (log) { const pad = (high / low) ** 0.04; low /= pad; high *= pad; }
    else { const pad = (high - low) * 0.05; low -= pad; high += pad; }
    return [low, high];
  }
  draw() { if (this.group) repaint(this); }
  paint(c, width, height) {
    c.font = "11px system-ui, 'DejaVu Sans', sans-serif";
    const range = this.window?.y ?? this.state.shared ?? this.range();
    if (!range) {
      c.fillStyle = css("--soft");
      c.fillText(this.lines.length ? "no value that this axis can show" : "not measured yet, or not chosen", 12, 24);
      this.area = null;
      return;
    }
    this.layout(c, width, height, range);
    this.paintAxes(c);
    const { left, right, top, bottom } = this.area;
    c.save(); c.beginPath(); c.rect(left, top - 2, right - left, bottom - top + 4); c.clip();
    this.paintPicture(c);
    this.paintBands(c);
    this.paintLines(c);
    c.restore();
    if (this.box) {
      c.setLineDash([4, 3]); c.strokeStyle = css("--ink"); c.lineWidth = 1;
      const [a, b] = this.box;
      c.strokeRect(Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
      c.setLineDash([]);
    }
  }
  layout(c, width, height, [low, high]) {
    const log = this.state.log, x = this.logX ? this.x.filter(v => v > 0) : this.x;
    let end = x.length - 1; // ranks end where this model's matrices do
    const skipped = this.x.length - x.length;
    while (this.logX && end > 1 && this.lines.every(line => line.y[end + skipped] == null)) end--;
    const [xLow, xHigh] = this.window?.x ?? [x[0], x[end]], along = this.logX ? Math.log : v => v;
    const yTicks = ticks(low, high, log, Math.max(3, Math.floor(height / 36)));
    const left = Math.max(...yTicks.map(t => c.measureText(short(t)).width), 18) + 10, right = width - 14, top = 8, bottom = height - 34;
    const wide = along(xHigh) - along(xLow);
    const px = v => left + (wide ? (along(v) - along(xLow)) / wide : 0.5) * (right - left); // a single checkpoint stands in the middle
    const share = v => log ? (Math.log(v) - Math.log(low)) / (Math.log(high) - Math.log(low)) : (v - low) / (high - low);
    const py = v => bottom - share(v) * (bottom - top);
    const between = (from, to, share, isLog) => isLog ? from * (to / from) ** share : from + share * (to - from);
    const backX = X => between(xLow, xHigh, (X - left) / (right - left), this.logX);
    const backY = Y => between(low, high, (bottom - Y) / (bottom - top), log);
    this.area = { left, right, top, bottom, px, py, backX, backY, yTicks, xLow, xHigh };
  }
  paintAxes(c) {
    const { left, right, top, bottom, px, py, yTicks, xLow, xHigh } = this.area;
    const segment = (x1, y1, x2, y2) => { c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke(); };
    c.strokeStyle = css("--line"); c.fillStyle = css("--soft"); c.lineWidth = 1;
    c.textAlign = "right"; c.textBaseline = "middle";
    for (const t of yTicks) {
      const y = Math.round(py(t)) + 0.5;
      segment(left, y, right, y);
      c.fillText(short(t), left - 5, y);
    }
    c.textAlign = "center"; c.textBaseline = "top";
    const whole = this.labels.x === "block" ? Number.isInteger : () => true;
    const row = ticks(xLow, xHigh, this.logX, Math.max(3, Math.floor((right - left) / 50))).filter(whole);
    let free = -Infinity; // a label does not lie over the one before
    for (const t of row) {
      segment(px(t), bottom, px(t), bottom + 4);
      const half = c.measureText(short(t)).width / 2, at = Math.min(px(t), right + 12 - half);
      if (at - half < free) continue;
      c.fillText(short(t), at, bottom + 6);
      free = at + half + 6;
    }
    c.fillText(this.labels.x, (left + right) / 2, bottom + 20);
  }
  paintPicture(c) {
    const { left, right, top, bottom, px, py } = this.area, { windows, limits } = this.picture ?? bare;
    for (const window of windows) {
      c.globalAlpha = window.model == null ? 0.16 : 0.1;
      c.fillStyle = window.model == null ? css("--accent") : modelColour(window.model);
      c.fillRect(px(window.from), top - 2, px(window.to) - px(window.from), bottom - top + 4);
    }
    c.globalAlpha = 1;
    c.setLineDash([5, 4]);
    c.strokeStyle = css("--ink");
    for (const limit of limits) { c.beginPath(); c.moveTo(left, py(limit)); c.lineTo(right, py(limit)); c.stroke(); }
    c.setLineDash([]);
  }
  // Lines that are means have a band around them.
  paintBands(c) {
    const { px, py } = this.area, { log } = this.state;
    for (const { low, high, model } of this.lines.filter(line => line.low)) {
      const there = this.x.map((_, i) => i).filter(i => low[i] != null && (!log || low[i] > 0) && (!this.logX || this.x[i] > 0));
      if (!there.length) continue;
      Object.assign(c, { fillStyle: modelColour(model), globalAlpha: 0.25 });
      c.beginPath();
      for (const i of there) c.lineTo(px(this.x[i]), py(high[i]));
      for (const i of there.reverse()) c.lineTo(px(this.x[i]), py(low[i]));
      c.fill();
    }
    c.globalAlpha = 1;
  }
  paintLines(c) {
    const { px, py, bottom } = this.area, { log } = this.state, { marks, connect, dots } = this.picture ?? bare;
    const dot = (x, y, radius) => { c.beginPath(); c.arc(x, y, radius, 0, 7); c.fill(); };
    const missing = (v, i) => v == null || (log && v <= 0) || (this.logX && !(this.x[i] > 0));
    const half = this.bars && this.x.length > 1 ? (this.x[1] - this.x[0]) / 2 : 0;
    const stroke = (y, colour, lineWidth, dash, isBar) => {
      c.strokeStyle = colour; c.lineWidth = lineWidth; c.setLineDash(dash); c.beginPath();
      let open = false;
      y.forEach((v, i) => {
        if (isBar) { // an empty bin lies on the floor
          const Y = missing(v, i) ? bottom + 3 : py(v);
          i ? c.lineTo(px(this.x[i] - half), Y) : c.moveTo(px(this.x[i] - half), Y);
          c.lineTo(px(this.x[i] + half), Y);
          return;
        }
        if (missing(v, i)) { open &&= connect; return; }
        open ? c.lineTo(px(this.x[i]), py(v)) : c.moveTo(px(this.x[i]), py(v));
        open = true;
      });
      c.stroke();
    };
    for (const line of this.lines) {
      const colour = lineColour(this.group, line);
      stroke(line.y, colour, this.lines.length > 12 ? 1.1 : 1.5, lineDash(this.group, line), half);
      c.fillStyle = colour;
      if (!half) line.y.forEach((v, i) => { // a lone value would leave no stroke
        if (missing(v, i)) return;
        if (!dots && (line.y[i - 1] != null || line.y[i + 1] != null || connect && line.y.length > 1)) return;
        dot(px(this.x[i]), py(v), this.x.length > 1 ? 2 : 3.5);
      });
    }
    c.setLineDash([]);
    for (const mark of marks.filter(isShown)) {
      if (mark.y == null || (log && mark.y <= 0)) continue;
      Object.assign(c, { strokeStyle: css("--ink"), fillStyle: lineColour(this.group, mark), lineWidth: 1 });
      dot(px(mark.x), py(mark.y), 3.2);
      c.stroke();
    }
    this.guides.forEach((guide, i) => stroke(guide.y, css("--ink"), 1.1, i ? [2, 3] : [6, 4]));
    c.setLineDash([]);
    if (this.cursor) { c.fillStyle = css("--ink"); dot(px(this.x[this.cursor.i]), py(this.cursor.line.y[this.cursor.i]), 3.5); }
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
    if (event.key === "0") this.zoom(null);
    if (event.key === "+" || event.key === "-") this.zoomBy(event.key === "+" ? 0.5 : 2);
    pageKey(this, event);
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!move || !this.area || !this.lines.length) return;
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
    const { line, i } = cursor, name = line.name ?? data.models[line.model].name;
    const who = `${name}${line.block == null ? "" : `, block ${line.block}`}`;
    const mark = this.picture?.marks.find(m => m.model === line.model && m.block === line.block && m.x === this.x[i]);
    showTip(`${who}: ${this.labels.x} ${number(this.x[i])}, ${number(line.y[i])}${mark ? ` (${mark.text})` : ""}`, X, Y);
    this.canvas.setAttribute("aria-description", tip.textContent);
  }
  leave() { if (!this.drag) { this.cursor = null; hideTip(); this.draw(); } }
  grab(event) {
    if (!this.area || event.pointerType === "touch" || event.button) return; // a finger scrolls
    this.drag = { X: event.offsetX, Y: event.offsetY, moves: event.shiftKey, area: this.area };
    this.canvas.setPointerCapture(event.pointerId);
  }
  dragged(event) {
    const { X, Y, moves, area } = this.drag;
    hideTip();
    this.cursor = null;
    if (!moves) { this.box = [[X, Y], [event.offsetX, event.offsetY]]; this.draw(); return; }
    const [dx, dy] = [event.offsetX - X, event.offsetY - Y];
    const { left, right, top, bottom, backX, backY } = area;
    this.zoom({ x: [backX(left - dx), backX(right - dx)], y: [backY(bottom - dy), backY(top - dy)] });
  }
  dropped(event) {
    if (!this.drag) return;
    const { X, Y, moves, area } = this.drag, sorted = (a, b) => [Math.min(a, b), Math.max(a, b)];
    this.drag = this.box = null;
    if (moves || Math.abs(event.offsetX - X) < 6 || Math.abs(event.offsetY - Y) < 6) { this.draw(); return; }
    this.zoom({
      x: sorted(area.backX(X), area.backX(event.offsetX)),
      y: sorted(area.backY(Y), area.backY(event.offsetY)),
    });
  }
  zoomBy(factor) {
    if (!this.area) return;
    const { left, right, top, bottom, backX, backY } = this.area, [X, Y] = [(left + right) / 2, (top + bottom) / 2];
    const [w, h] = [(right - left) / 2 * factor, (bottom - top) / 2 * factor];
    this.zoom({ x: [backX(X - w), backX(X + w)], y: [backY(Y + h), backY(Y - h)] });
  }
  zoom(window) { this.window = window; this.draw(); }
}
// The smallest and the largest of many values, without a call of a hundred thousand arguments.
const minMax = values => values.reduce(([low, high], v) => [v < low ? v : low, v > high ? v : high], [Infinity, -Infinity]);
