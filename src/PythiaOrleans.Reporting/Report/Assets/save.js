// A plot as PNG, SVG or CSV, the command that writes it, and its numbers as a table.
class SvgContext {
  constructor() {
    Object.assign(this, { parts: [], path: "", stack: [], dash: [], clips: 0 });
    Object.assign(this, { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1, textAlign: "left", textBaseline: "top" });
    this.ruler = document.createElement("canvas").getContext("2d");
  }
  text(text) { return String(text).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`); }
  number(v) { return +v.toFixed(2); }
  measureText(text) { this.ruler.font = this.font; return this.ruler.measureText(text); }
  setLineDash(dash) { this.dash = dash; }
  beginPath() { this.path = ""; }
  moveTo(x, y) { this.path += `M${this.number(x)} ${this.number(y)}`; }
  lineTo(x, y) { this.path += `L${this.number(x)} ${this.number(y)}`; }
  rect(x, y, w, h) { this.path += `M${this.number(x)} ${this.number(y)}h${this.number(w)}v${this.number(h)}h${this.number(-w)}z`; }
  arc(x, y, r) { this.path += `M${this.number(x - r)} ${this.number(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`; }
  stroke() {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    this.parts.push(`<path d="${this.path}" fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}"${dash}/>`);
  }
  fill() { this.parts.push(`<path d="${this.path}" fill="${this.fillStyle}" fill-opacity="${this.globalAlpha}"/>`); }
  fillRect(x, y, w, h) { this.beginPath(); this.rect(x, y, w, h); this.fill(); }
  fillText(text, x, y) {
    const anchor = { center: "middle", right: "end" }[this.textAlign] ?? "start";
    const down = { top: 9, middle: 4 }[this.textBaseline] ?? 0;
    this.parts.push(`<text x="${this.number(x)}" y="${this.number(y + down)}" text-anchor="${anchor}" fill="${this.fillStyle}">`
      + `${this.text(text)}</text>`);
  }
  save() { this.stack.push(this.parts.length); }
  clip() {
    const id = `clip${SvgContext.clips = (SvgContext.clips ?? 0) + 1}`;
    this.parts.push(`<clipPath id="${id}"><path d="${this.path}"/></clipPath><g clip-path="url(#${id})">`);
  }
  restore() { this.stack.pop(); this.parts.push("</g>"); }
  drawImage(canvas, x, y, w, h) {
    const attributes = { x, y, width: w, height: h, style: "image-rendering: pixelated", href: canvas.toDataURL() };
    this.parts.push(`<image ${Object.entries(attributes).map(([key, value]) => `${key}="${value}"`).join(" ")}/>`);
  }
}

const svgSpace = make("template", { innerHTML: "<svg/>" }).content.firstChild.namespaceURI;
const captionHeight = 44, saveMargin = 12;
// The shown panels of a plot side by side, on white, with the plot's title: as an SVG text.
const svgOf = plot => {
  const shown = plot.views.filter(panel => panel.canvas && !panel.figure.hidden);
  if (!shown.length) return null;
  const wide = shown.length === 1, w = wide ? 760 : 360, h = plot.kind.square ? w : wide ? 340 : 240;
  const columns = Math.min(3, shown.length), rows = Math.ceil(shown.length / columns);
  const [width, height] = [columns * (w + saveMargin) + saveMargin, rows * (h + captionHeight) + 40];
  printing = true; // in the colours of paper
  const parts = shown.map((panel, i) => {
    const context = new SvgContext();
    const x = saveMargin + i % columns * (w + saveMargin), y = 40 + Math.floor(i / columns) * (h + captionHeight);
    context.fillStyle = css("--ink");
    panel.paint(context, w, h);
    return `<g transform="translate(${x} ${y})">`
      + `<text y="12" font-weight="bold">${context.text(panel.title)}</text>`
      + `<text y="28" fill="#5c6166">${context.text(plot.plot.axis)}</text>`
      + `<g transform="translate(0 34)">${context.parts.join("")}</g></g>`;
  });
  printing = false;
  const step = plot.slider ? `, step ${plot.stepLabel.textContent}` : "";
  const title = new SvgContext().text(`${plot.plot.title}: ${plot.group.name}${step}`);
  return `<svg xmlns="${svgSpace}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" `
    + `font-family="DejaVu Sans, sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>`
    + `<text x="${saveMargin}" y="24" font-size="16" font-weight="bold">${title}</text>${parts.join("")}</svg>`;
};
const pngOf = async svg => {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = make("canvas", { width: 2 * image.width, height: 2 * image.height }), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise(done => canvas.toBlob(done, "image/png"));
};
const rowsOf = plot => plot.views.filter(panel => panel.figure && !panel.figure.hidden).flatMap(panel => (panel.lines ?? []).flatMap(line =>
  (line.y ?? []).map((y, i) => [data.models[line.model].name, line.block ?? "", line.head ?? "", panel.x[i], y])))
  .filter(row => row[4] != null);
const csvOf = plot => {
  const head = ["model", "block", "head", plot.views[0].labels.x.replace(/ /g, "_"), plot.plot.id.replace(/^.*-/, "")];
  const rows = [head, ...rowsOf(plot)], hasHeads = plot.kind.saves; // other plots have no column of heads
  return rows.map(row => (hasHeads ? row : row.toSpliced(2, 1)).join(",")).join("\n") + "\n";
};
const quoted = word => /[^\w.,-]/.test(word) ? `'${word}'` : word;
const commandOf = plot => {
  const words = ["pythia", "plot", data.sweep, plot.plot.id, "--components", plot.group.name];
  if (view.hidden.size) words.push("--models", data.models.filter((_, i) => !view.hidden.has(i)).map(model => model.name).join(","));
  if (view.block !== "") words.push("--blocks", view.block);
  if (plot.kind.training && view.x === "fraction") words.push("--x", "fraction");
  if (plot.kind.training && view.x === "decay") words.push("--x", "decay-time");
  if (plot.slider) words.push("--step", plot.stepLabel.textContent);
  if (!plot.kind.panel && plot.state.log !== plot.plot.log) words.push("--log", String(plot.state.log));
  return words.map(quoted).join(" ");
};
const download = (name, blob) => {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
const saveBar = (root, plot) => {
  if (plot.kind.panel && !plot.kind.square && !plot.kind.saves) return;
  const name = () => `${plot.plot.id}-${plot.group.name.replace(/ /g, "-")}`, command = make("code", { className: "command" });
  const button = (textContent, act) => {
    const node = make("button", { type: "button", textContent });
    node.addEventListener("click", act);
    return node;
  };
  const table = make("div", { className: "scroll" });
  const box = make("details", { className: "save" }, make("summary", { textContent: "Save, command, numbers" }),
    make("div", { className: "head" },
      button("PNG", async () => download(`${name()}.png`, await pngOf(svgOf(plot)))),
      button("SVG", () => download(`${name()}.svg`, new Blob([svgOf(plot)], { type: "image/svg+xml" }))),
      ...(plot.kind.square ? [] : [button("CSV", () => download(`${name()}.csv`, new Blob([csvOf(plot)], { type: "text/csv" })))]),
      ...(data.shards ? [command, button("Copy", () => navigator.clipboard?.writeText(command.textContent))] : [])),
    table);
  const fill = () => {
    if (!box.open) return;
    command.textContent = commandOf(plot);
    table.replaceChildren(...(plot.kind.square ? [] : [numbersOf(plot)]));
  };
  box.addEventListener("toggle", fill);
  viewChanged.add(fill);
  root.append(box);
};
const blockOf = line => line.block == null ? "" : line.head == null ? line.block : `${line.block}, head ${line.head}`;
// At most a dozen places along the x axis; the CSV file has all.
const numbersOf = plot => {
  const first = plot.views.find(panel => !panel.figure.hidden), most = 12, last = first.x.length - 1;
  const at = [...new Set(Array.from({ length: most }, (_, i) => Math.round(i * last / (most - 1))))];
  const row = (cell, texts) => make("tr", {}, ...texts.map(text => make(cell, { textContent: text })));
  const caption = make("caption", { textContent: `${plot.plot.title}, ${plot.plot.axis}: ${at.length} of ${last + 1} places along `
    + `${first.labels.x}` });
  const head = make("thead", {}, row("th", ["model", "block", ...at.map(i => number(first.x[i]))]));
  const body = plot.views.filter(panel => !panel.figure.hidden).flatMap(panel => panel.lines.map(line =>
    row("td", [data.models[line.model].name, blockOf(line), ...at.map(i => number(line.y[i]))])));
  return make("table", { className: "numbers" }, caption, head, make("tbody", {}, ...body));
};
