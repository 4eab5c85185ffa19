// What the whole page shows: which models, which component, which block, over what, and at which step; the address keeps it, so that a
// link shows the same.
const view = { hidden: new Set(), component: "", block: "", x: "step", step: "" };
const viewChanged = new Set();
const anchorOf = () => decodeURIComponent(location.hash.slice(1).split("&")[0]);
const readAddress = () => {
  const parameters = new URLSearchParams(location.hash.slice(1).split("&").slice(1).join("&"));
  const hidden = (parameters.get("hide") ?? "").split(",").map(name => data.models.findIndex(model => model.name === name));
  view.hidden = new Set(hidden.filter(i => i >= 0));
  for (const key of ["component", "block", "step"]) view[key] = parameters.get(key) ?? "";
  view.x = parameters.get("x") in axes ? parameters.get("x") : "step";
};
const writeAddress = (anchor = anchorOf()) => {
  const parameters = new URLSearchParams();
  if (view.hidden.size) parameters.set("hide", [...view.hidden].sort().map(i => data.models[i].name).join(","));
  for (const key of ["component", "block", "step"]) if (view[key] !== "") parameters.set(key, view[key]);
  if (view.x !== "step") parameters.set("x", view.x);
  const text = parameters.toString(), hash = `#${encodeURIComponent(anchor)}${text ? "&" + text : ""}`;
  if (hash !== location.hash && (hash !== "#" || location.hash)) history.replaceState(null, "", hash);
};
const change = (key, value) => {
  view[key] = value;
  writeAddress();
  viewChanged.forEach(act => act());
};
const isShown = line => !view.hidden.has(line.model) && (view.block === "" || line.block == null || line.block === +view.block);

// What a series may be drawn over. Decay time is weight decay times the summed learning rate; like tokens it is known where the
// schedule is.
const axes = {
  step: { title: "step", label: "step", of: model => model.steps },
  log: { title: "step, logarithmic", label: "step", log: true, of: model => model.steps },
  tokens: { title: "tokens read", label: "tokens read", known: model => model.tokens, of: model => model.tokens },
  fraction: { title: "fraction of training", label: "fraction of training",
    of: model => model.steps.map(step => step / (model.steps.at(-1) || 1)) },
  decay: { title: "decay time", label: "decay time", known: model => model.decayTimes, of: model => model.decayTimes },
};
readAddress();

// The models with their colours and dashes, as buttons that show and hide them on the whole page. Those of the bar on top are stops of
// the Tab key; those of hundreds of legends are not.
const lineMark = i => {
  const mark = make("canvas", { className: "mark", width: 52, height: 8 }), c = mark.getContext("2d");
  mark.setAttribute("aria-hidden", "true");
  Object.assign(c, { strokeStyle: modelColour(i), lineWidth: 4 });
  c.setLineDash(modelDash(i).map(length => 2 * length));
  c.beginPath(); c.moveTo(0, 4); c.lineTo(52, 4); c.stroke();
  return mark;
};
const modelButtons = (tabIndex = -1) => data.models.map((model, i) => {
  const button = make("button", { type: "button", className: "toggle", tabIndex }, lineMark(i), model.name);
  const show = () => button.setAttribute("aria-pressed", String(!view.hidden.has(i)));
  button.addEventListener("click", () => {
    const hidden = new Set(view.hidden);
    if (!hidden.delete(i) && hidden.size < data.models.length - 1) hidden.add(i); // one model stays
    change("hidden", hidden);
  });
  viewChanged.add(show);
  show();
  return button;
});

const choice = (label, key, options) => {
  const select = make("select");
  for (const [value, textContent] of options) select.append(make("option", { value, textContent }));
  const show = () => { select.value = view[key]; };
  show();
  viewChanged.add(show);
  select.addEventListener("change", () => change(key, select.value));
  return make("label", {}, label, select);
};

const showChoices = root => {
  const components = [...new Set(data.sections.flatMap(section => section.plots.flatMap(plot => plot.groups.map(group => group.name))))];
  const blocks = Math.max(0, ...data.models.map(model => model.blocks));
  const known = Object.entries(axes).filter(([, axis]) => !axis.known || data.models.every(axis.known));
  root.append(make("span", { className: "models" }, ...modelButtons(0)));
  if (components.length > 1) {
    root.append(choice("component ", "component", [["", "each plot's own"], ...components.map(name => [name, name])]));
  }
  if (blocks > 1) {
    root.append(choice("block ", "block", [["", "all"], ...Array.from({ length: blocks }, (_, i) => [String(i), String(i)])]));
  }
  if (data.sections.length) root.append(choice("over ", "x", known.map(([key, axis]) => [key, axis.title])));
  const reset = make("button", { type: "button", textContent: "Reset" });
  reset.addEventListener("click", () => {
    Object.assign(view, { hidden: new Set(), component: "", block: "", step: "" });
    change("x", "step");
  });
  root.append(reset);
};
// A link on the page keeps what the page shows.
addEventListener("hashchange", () => {
  if (location.hash.includes("&")) { readAddress(); viewChanged.forEach(act => act()); } else writeAddress();
});
