// What a seed changes: means with bands, agreement with claims, training maps.
const seedLegend = bands => make("div", { className: "legend" }, ...bands.map(band => {
  const textContent = `${band.name}, ${band.runs} ${band.runs === 1 ? "run" : "runs"}`;
  return make("span", { className: "key" }, lineMark(band.model), make("span", { textContent }));
}));

const seedBands = (root, panels) => {
  const box = make("div", { className: "panels" });
  const views = panels.map(panel => {
    const figure = make("figure");
    box.append(figure);
    // The estimate is below zero where seeds differ more than models do.
    const share = panel.correlation == null ? "" : ` (between models: ${percent(Math.max(panel.correlation, 0))} of the variance)`;
    return Object.assign(new Panel(figure, panel.title + share, { log: false, shared: null }), { source: panel });
  });
  const update = live => views.forEach((one, i) => {
    if (live) one.live = true;
    one.canvas.tabIndex = i ? -1 : 0;
    one.neighbour = by => views[(i + by + views.length) % views.length].canvas.focus();
    one.picture = { windows: [], limits: [], marks: [], connect: true };
    one.set({ name: one.source.title, inBlocks: false }, one.source.bands, one.source.x, [], { x: "step", y: one.source.axis });
  });
  root.append(make("h3", { textContent: "Norms: mean over seeds, and one standard deviation" }), box, seedLegend(panels[0].bands));
  update(false);
  viewChanged.add(() => update(false));
  whenNear(box, () => update(true));
};

const seedAgreements = (root, { groups, agreements }) => {
  const row = (cell, items) => make("tr", {}, ...items.map(item => make(cell, {}, item)));
  const at = (finding, group) => agreements.find(one => one.finding === finding && one.group === group.name);
  const say = one => one ? `${one.agreeing} of ${one.judged} [${one.low.toFixed(2)}, ${one.high.toFixed(2)}]` : "";
  const link = finding => make("a", { href: `#finding-${finding}`, textContent: finding });
  const rows = [...new Set(agreements.map(one => one.finding))]
    .map(finding => row("td", [link(finding), ...groups.map(group => say(at(finding, group)))]));
  const head = make("thead", {}, row("th", ["claim", ...groups.map(group => group.name)]));
  root.append(make("h3", { textContent: "Seeds that agree with each claim" }),
    make("p", { textContent: "In brackets the exact 95 % interval of the share that agrees (Clopper and Pearson): "
      + "a few seeds say little." }),
    make("div", { className: "scroll tall" }, make("table", {}, head, make("tbody", {}, ...rows))));
};

const seedMap = (root, group) => {
  const box = make("div", { className: "map" });
  box.innerHTML = group.map; // drawn and escaped where the page was written
  root.append(make("h3", { textContent: `Training map of ${group.name}` }),
    make("p", { textContent: "A row for each run, a cell for each checkpoint, a colour for each state of a hidden Markov model of the "
      + "weights' statistics (Hu et al. 2023); below it the moves between states, with the features that change most." }), box);
  for (const textContent of group.departures) root.append(make("p", { textContent }));
};

const showSeeds = (root, seeds) => {
  const names = seeds.groups.map(group => `${group.name} (${group.runs.length} runs)`).join(", ");
  root.append(make("p", { textContent: `Trained more than once: ${names}. Where seeds differ by as much as models do, `
    + "a difference between models says little." }));
  if (seeds.bands.length) seedBands(root, seeds.bands);
  if (seeds.agreements.length) seedAgreements(root, seeds);
  for (const group of seeds.groups.filter(group => group.map)) seedMap(root, group);
};
