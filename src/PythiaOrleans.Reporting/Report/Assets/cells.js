// A panel of rows and columns of cells. The pointer or arrow keys read single ones. A kind says how it paints and shows them, and sets
// `width` and `height`, a cell's size, when it paints.
class CellMap {
  constructor(figure, title, state, margins, className) {
    this.canvas = make("canvas", { tabIndex: 0, className });
    this.canvas.setAttribute("role", "img");
    Object.assign(this, { title, state, figure, margins, cursor: null });
    figure.append(make("figcaption", { textContent: title }), this.canvas);
    this.canvas.addEventListener("pointermove", event => this.show(
      Math.floor((event.offsetY - margins.top) / this.height), Math.floor((event.offsetX - margins.left) / this.width),
      event.clientX, event.clientY));
    for (const name of ["pointerleave", "blur"]) this.canvas.addEventListener(name, () => { hideTip(); this.cursor = null; });
    this.canvas.addEventListener("keydown", event => this.key(event));
  }
  range() { return null; }
  draw() { repaint(this); }
  key(event) {
    pageKey(this, event);
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move || !this.rows) return;
    event.preventDefault();
    const most = [this.rows - 1, this.columns - 1];
    const [row, column] = (this.cursor ?? [0, 0]).map((v, k) => Math.min(most[k], Math.max(0, v + move[k])));
    const box = this.canvas.getBoundingClientRect();
    this.show(row, column, box.left + this.margins.left + column * this.width, box.top + this.margins.top + row * this.height);
  }
}
