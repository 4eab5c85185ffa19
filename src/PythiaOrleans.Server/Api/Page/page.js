"use strict";

// The page asks the public API; nothing here knows more than docs/api.md says.
const states = { o: "open", r: "running", d: "done", q: "quarantined", c: "cancelled" };
// Colours and dashes of the report, in its order.
const colours = ["#0072b2", "#b87a00", "#009e73", "#d55e00", "#c4609a", "#3d8fd1", "#808489", "#8a7a00"];
const dashes = ["", "7 3", "2 2", "8 3 2 3", "12 4", "4 2", "12 3 2 3 2 3", "1 3"];
const $ = id => document.getElementById(id);
const svgElement = (name, attributes = {}) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
const element = (name, text = "", className = "") => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

let chosen = decodeURIComponent(location.hash.slice(1));
let map = null, cursor = null, events = null, progress = null, rate = null, described = [];

async function ask(path, method = "GET") {
  const answer = await fetch("/api/v1" + path, method === "GET" ? {} : { method, headers: { "Content-Type": "application/json" }, body: "" });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(body?.detail ?? `${answer.status} ${answer.statusText}`);
  return body;
}

function rows(table, items, cells) {
  $(table).tBodies[0].replaceChildren(...items.map(item => {
    const row = element("tr");
    row.append(...cells(item));
    return row;
  }));
}

async function showSweeps() {
  const { items } = await ask("/sweeps?take=1000");
  $("no-sweeps").hidden = items.length > 0;
  rows("sweeps", items, sweep => {
    const name = element("td"), button = element("button", sweep.sweep, "name"), bar = element("td"), meter = element("progress");
    button.setAttribute("aria-current", String(sweep.sweep === chosen));
    button.onclick = () => choose(sweep.sweep);
    name.append(button);
    meter.max = Math.max(1, sweep.total);
    meter.value = sweep.done;
    meter.setAttribute("aria-label", `${sweep.done} of ${sweep.total} shards`);
    bar.append(meter);
    return [name, element("td", sweep.state.replaceAll("_", " ")), bar, element("td", `${sweep.done} / ${sweep.total}`, "number"), element("td", String(sweep.quarantined), "number")];
  });
  if (!chosen && items.length > 0) choose((items.find(sweep => sweep.state === "running") ?? items[0]).sweep);
}

async function showWorkers() {
  const [workers, silos] = await Promise.all([ask("/workers"), ask("/silos")]);
  $("no-workers").hidden = workers.length > 0;
  const seconds = text => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  rows("workers", workers, worker => [
    element("td", worker.worker), element("td", `${seconds(worker.silent_for).toFixed(1)} s ago`, "number"),
    element("td", worker.running.map(task => task.checkpoint).join(", ") || "nothing"), element("td", String(worker.waiting), "number"),
  ]);
  const up = silos.filter(silo => silo.status === "Active").length;
  $("cluster").textContent = `${up} silo${up === 1 ? "" : "s"} up, ${workers.length} worker${workers.length === 1 ? "" : "s"} at work`;
}

function choose(name) {
  chosen = name;
  location.hash = encodeURIComponent(name);
  map = cursor = progress = rate = null;
  $("sweep").hidden = false;
  $("sweep-title").textContent = name;
  $("why").hidden = $("figure").hidden = true;
  $("cell").textContent = $("said").textContent = "";
  events?.close();
  events = new EventSource(`/api/v1/sweeps/${encodeURIComponent(name)}/events`);
  events.addEventListener("progress", event => showProgress(JSON.parse(event.data)));
  events.addEventListener("ended", event => { events.close(); showProgress(JSON.parse(event.data)); });
  showChoices().catch(complain);
  refresh();
}

function showProgress(now) {
  const at = performance.now();
  if (!rate || now.done < rate.done) rate = { at, done: now.done };
  const perSecond = (now.done - rate.done) / Math.max(1e-3, (at - rate.at) / 1000);
  const left = now.total - now.done - now.quarantined - now.cancelled;
  const eta = perSecond > 0 && left > 0 ? `, about ${duration(left / perSecond)} left` : "";
  progress = now;
  $("sweep-line").textContent = `${now.state.replaceAll("_", " ")}: ${now.done} of ${now.total} shards, ${now.running} in workers' hands, ${now.quarantined} quarantined`
    + (perSecond > 0 ? `, ${perSecond.toFixed(1)} a second` : "") + eta + (now.problem ? `. ${now.problem}` : "") + (now.delayed ? `. ${now.delayed}` : "");
  const runs = now.state === "running" || now.state === "planning";
  $("steering").querySelector("[data-act=pause]").disabled = !runs;
  $("steering").querySelector("[data-act=cancel]").disabled = !runs && now.state !== "paused";
  $("steering").querySelector("[data-act=resume]").disabled = now.state === "completed";
}

const duration = seconds => seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;

async function showMap() {
  map = await ask(`/sweeps/${encodeURIComponent(chosen)}/map`);
  const total = {};
  for (const model of map.models) for (const letter of model.states) total[letter] = (total[letter] ?? 0) + 1;
  $("legend").replaceChildren(...Object.entries(states).map(([letter, word]) => {
    const entry = element("span", `${word} ${total[letter] ?? 0}`);
    entry.prepend(element("span", "", `swatch ${letter}`));
    return entry;
  }));
  const holder = $("map");
  if (holder.dataset.sweep !== chosen || holder.children.length !== map.models.length) {
    holder.dataset.sweep = chosen;
    holder.replaceChildren(...map.models.map((model, row) => rowOf(model, row)));
  }
  map.models.forEach((model, row) => {
    const svg = holder.children[row].querySelector("svg");
    const count = letter => [...model.states].filter(state => state === letter).length;
    svg.setAttribute("aria-label", `${model.model}: ${Object.keys(states).filter(count).map(letter => `${count(letter)} ${states[letter]}`).join(", ")}`);
    [...model.states].forEach((letter, column) => svg.children[column].setAttribute("class", letter + (cursor?.row === row && cursor.column === column ? " at" : "")));
  });
}

function rowOf(model, row) {
  const line = element("div", "", "row"), steps = map.steps.length;
  const svg = svgElement("svg", { viewBox: `0 0 ${steps} 1`, preserveAspectRatio: "none", role: "img", tabindex: "0" });
  for (let column = 0; column < steps; column++) svg.append(svgElement("rect", { x: column + 0.04, width: 0.92, height: 1 }));
  const columnAt = event => Math.min(steps - 1, Math.max(0, Math.floor((event.clientX - svg.getBoundingClientRect().left) / svg.getBoundingClientRect().width * steps)));
  svg.addEventListener("mousemove", event => point(row, columnAt(event)));
  svg.addEventListener("click", event => { point(row, columnAt(event)); explain(); });
  svg.addEventListener("focus", () => point(row, cursor?.row === row ? cursor.column : 0));
  svg.addEventListener("keydown", event => {
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -steps, End: steps };
    if (event.key in moves) point(row, Math.min(steps - 1, Math.max(0, cursor.column + moves[event.key])));
    else if (event.key === "Enter" || event.key === " ") explain();
    else return;
    event.preventDefault();
  });
  line.append(element("span", model.model, "name"), svg);
  return line;
}

function point(row, column) {
  const cell = at => $("map").children[at.row]?.querySelector("svg").children[at.column];
  if (cursor) cell(cursor)?.classList.remove("at");
  cursor = { row, column };
  cell(cursor).classList.add("at");
  $("cell").textContent = `${map.models[row].model}@step${map.steps[column]}: ${states[map.models[row].states[column]]}`;
}

async function explain() {
  const checkpoint = `${map.models[cursor.row].model}@step${map.steps[cursor.column]}`;
  const reasons = await ask(`/sweeps/${encodeURIComponent(chosen)}/shards/${checkpoint}`);
  $("why").hidden = false;
  const alike = Map.groupBy(reasons, reason => JSON.stringify([reason.state, reason.reasons]));
  $("why").replaceChildren(element("h3", checkpoint), ...[...alike.values()].flatMap(group => {
    const list = element("ul");
    list.append(...group[0].reasons.map(line => element("li", line)));
    return [element("strong", `${group.map(reason => reason.key.split("/").pop()).join(", ")}: ${group[0].state}`), list];
  }));
}

async function showFailures() {
  const { items } = await ask(`/sweeps/${encodeURIComponent(chosen)}/failures?take=200`);
  $("no-failures").hidden = items.length > 0;
  $("failures").hidden = items.length === 0;
  rows("failures", items, failure => {
    const cell = element("td"), retry = element("button", "Retry");
    retry.setAttribute("aria-label", `Retry ${failure.checkpoint}`);
    retry.onclick = () => act(`/shards/${failure.checkpoint}/retry`);
    cell.append(retry);
    return [element("td", failure.checkpoint), element("td", failure.kind.replaceAll("_", " ")), element("td", String(failure.attempts), "number"), element("td", failure.message, "error"), cell];
  });
}

async function act(path) {
  $("said").textContent = "";
  try {
    await ask(`/sweeps/${encodeURIComponent(chosen)}${path}`, "POST");
    choose(chosen);
  } catch (error) {
    complain(error);
  }
}

async function showChoices() {
  described = await ask(`/sweeps/${encodeURIComponent(chosen)}/series`);
  $("analysis").replaceChildren(...described.map(series => new Option(series.title, series.analysis)));
  showColumns();
}

function showColumns() {
  const series = described.find(one => one.analysis === $("analysis").value);
  $("column").replaceChildren(...(series?.columns ?? []).filter(column => column.is_real).map(column => new Option(column.name, column.name)));
  $("component").replaceChildren(new Option("all, averaged", ""));
  showColumn();
}

function showColumn() {
  const column = described.find(one => one.analysis === $("analysis").value)?.columns.find(one => one.name === $("column").value);
  $("column-says").textContent = column ? column.description + (column.unit ? ` [${column.unit}]` : "") : "";
}

async function draw() {
  const [analysis, column, component] = [$("analysis").value, $("column").value, $("component").value];
  const all = await ask(`/sweeps/${encodeURIComponent(chosen)}/series/${analysis}?fresh=true&columns=${column}`);
  const components = [...new Set(all.map(row => row.component).filter(Boolean))];
  $("component").replaceChildren(new Option("all, averaged", ""), ...components.map(name => new Option(name, name, false, name === component)));
  const models = new Map();
  for (const row of all) {
    if (row[column] === null || (component && row.component !== component)) continue;
    const steps = models.get(row.model) ?? models.set(row.model, new Map()).get(row.model);
    const sum = steps.get(row.step) ?? steps.set(row.step, { sum: 0, count: 0 }).get(row.step);
    sum.sum += row[column];
    sum.count++;
  }
  plot(models, `${column} of ${component || "all components"}, mean over parameters, along training`, column);
}

function plot(models, title, label) {
  const svg = $("plot"), [left, right, top, bottom] = [80, 885, 15, 295];
  const lines = [...models].map(([model, steps]) => [model, [...steps].map(([step, { sum, count }]) => [step, sum / count]).sort((a, b) => a[0] - b[0])]);
  const xs = lines.flatMap(([, points]) => points.map(point => point[0])), ys = lines.flatMap(([, points]) => points.map(point => point[1]));
  const heading = svgElement("title");
  heading.textContent = xs.length ? title : `${title}: nothing measured yet`;
  svg.replaceChildren(heading);
  $("figure").hidden = false;
  $("plot-legend").replaceChildren();
  if (!xs.length) return;
  const span = values => { const low = Math.min(...values), high = Math.max(...values); return low < high ? [low, high] : [low - 1, high + 1]; };
  const [x0, x1] = span(xs), [y0, y1] = span(ys);
  const x = step => left + (step - x0) / (x1 - x0) * (right - left), y = value => bottom - (value - y0) / (y1 - y0) * (bottom - top);
  const text = (content, attributes) => { const made = svgElement("text", attributes); made.textContent = content; svg.append(made); };
  for (let tick = 0; tick <= 4; tick++) {
    const value = y0 + (y1 - y0) * tick / 4, step = x0 + (x1 - x0) * tick / 4;
    svg.append(svgElement("line", { x1: left, x2: right, y1: y(value), y2: y(value), class: "axis" }));
    text(Number(value.toPrecision(3)).toString(), { x: left - 8, y: y(value) + 4, "text-anchor": "end" });
    text(String(Math.round(step)), { x: x(step), y: bottom + 18, "text-anchor": tick === 0 ? "start" : tick === 4 ? "end" : "middle" });
  }
  text("step", { x: (left + right) / 2, y: bottom + 38, "text-anchor": "middle" });
  text(label, { x: 16, y: (top + bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 16 ${(top + bottom) / 2})` });
  lines.forEach(([model, points], i) => {
    const stroke = colours[i % colours.length], dash = dashes[i % dashes.length];
    svg.append(svgElement("path", { d: "M" + points.map(([step, value]) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("L"), stroke, "stroke-dasharray": dash }));
    const entry = element("span", model), sample = svgElement("svg", { width: 30, height: 6 });
    sample.append(svgElement("line", { x1: 0, x2: 26, y1: 3, y2: 3, stroke, "stroke-width": 2, "stroke-dasharray": dash }));
    entry.prepend(sample);
    $("plot-legend").append(entry);
  });
}

function complain(error) {
  $("said").textContent = error.message;
}

async function refresh() {
  const work = [showSweeps(), showWorkers(), ...(chosen ? [showMap(), showFailures()] : [])];
  const results = await Promise.allSettled(work);
  const failed = results.find(result => result.status === "rejected");
  if (failed) $("cluster").textContent = `The cluster does not answer: ${failed.reason.message}`;
}

for (const button of $("steering").children) button.onclick = () => act(`/${button.dataset.act}`);
$("analysis").onchange = showColumns;
$("column").onchange = showColumn;
$("choice").onsubmit = event => { event.preventDefault(); draw().catch(complain); };
window.onhashchange = () => { const name = decodeURIComponent(location.hash.slice(1)); if (name && name !== chosen) choose(name); };
if (chosen) choose(chosen);
else refresh();
setInterval(() => document.hidden || refresh(), 2000);
