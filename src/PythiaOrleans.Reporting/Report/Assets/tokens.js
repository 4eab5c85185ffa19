// The tokens of directions, as a table.
class TokenTable {
  constructor(figure, title, state) {
    Object.assign(this, { state, figure, title });
    this.body = make("tbody");
    figure.append(make("figcaption", { textContent: title }), make("table", { className: "tokens" }, this.body));
  }
  set(group, lines) {
    const block = view.block === "" ? this.state.block : +view.block; // the page's block, else the plot's own
    const line = lines.find(line => line.block === block);
    if (!line) { this.body.replaceChildren(make("tr", {}, make("td", { textContent: "no such block" }))); return; }
    const each = line.tokens.length / line.y.length;
    const chip = id => make("code", { textContent: tokenText(id), title: `token ${id}` });
    this.body.replaceChildren(...line.y.map((value, i) => make("tr", {},
      make("th", { textContent: number(value) }),
      make("td", {}, ...line.tokens.slice(i * each, (i + 1) * each).map(chip)))));
  }
  draw() { }
  range() { return null; }
}

kinds.tokens = {
  panel: TokenTable,
  note: "The leading singular directions with their singular values, and the tokens of largest logit; ␣ is a space, "
    + "a number is a token that is no text by itself.",
  controls(plot, head) {
    const block = make("input", { type: "number", min: 0, max: Math.max(...data.models.map(model => model.blocks)) - 1, value: 0 });
    plot.state.block = 0;
    block.addEventListener("input", () => { plot.state.block = +block.value; plot.update(); });
    head.append(make("label", {}, "block ", block));
  },
};

