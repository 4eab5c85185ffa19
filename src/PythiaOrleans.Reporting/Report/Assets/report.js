const packed = Uint8Array.from(atob(document.getElementById("data").textContent), letter => letter.charCodeAt(0));
const data = JSON.parse(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
const dark = matchMedia("(prefers-color-scheme: dark)");
const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node[key] = value;
  node.append(...children);
  return node;
};

// Paper is white, even where the screen is dark: canvases are drawn again before printing and after it.
let printing = false;
const isDark = () => dark.matches && !printing;
const paper = { "--ink": "#1c1e21", "--soft": "#5c6166", "--line": "#d9dce0", "--panel": "#f7f8fa", "--accent": "#0b62a8" };
const css = name => printing ? paper[name] : getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Plasma, sampled; of it the part that has 3 : 1 against the background.
const plasma = [
  [13, 8, 135], [65, 4, 157], [106, 0, 168], [143, 13, 164], [177, 42, 144], [204, 71, 120],
  [225, 100, 98], [242, 132, 75], [252, 166, 54], [252, 206, 37], [240, 249, 33],
];
const depthColour = share => {
  const [low, high] = isDark() ? [0.45, 1] : [0, 0.6];
  const at = (low + share * (high - low)) * (plasma.length - 1), i = Math.min(Math.floor(at), plasma.length - 2);
  return `rgb(${plasma[i].map((c, k) => Math.round(c + (at - i) * (plasma[i + 1][k] - c))).join(",")})`;
};
// After Okabe and Ito: told apart with any colour vision, and with 3 : 1 on white and on the dark page. Dashes say the same.
const modelColours = ["#0072b2", "#b87a00", "#009e73", "#d55e00", "#c4609a", "#3d8fd1", "#808489", "#8a7a00"];
const modelDashes = [[], [7, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 2], [12, 3, 2, 3, 2, 3], [1, 3]];
const modelColour = i => modelColours[i % modelColours.length];
const modelDash = i => modelDashes[i % modelDashes.length];
const lineColour = (group, line) =>
  group.inBlocks ? depthColour(line.block / Math.max(1, data.models[line.model].blocks - 1)) : modelColour(line.model);
const lineDash = (group, line) => group.inBlocks ? [] : modelDash(line.model);

// Draws what is costly when the reader comes near it, and all of it before printing. The place is there from the beginning, so that
// a link lands where it should.
const waiting = new Set(), drawn = new Set();
const whenNear = (node, draw) => {
  const observer = new IntersectionObserver(entries => entries.some(entry => entry.isIntersecting) && start(), { rootMargin: "400px" });
  const start = () => { observer.disconnect(); waiting.delete(start); drawn.add(draw); draw(); };
  waiting.add(start);
  observer.observe(node);
};
const redraw = () => drawn.forEach(draw => draw());
const printed = on => { printing = on; [...waiting].forEach(start => start()); redraw(); };
addEventListener("beforeprint", () => printed(true));
addEventListener("afterprint", () => printed(false));
addEventListener("resize", redraw);
dark.addEventListener("change", redraw);

const number = v => v == null ? "–"
  : v === 0 ? "0"
  : Math.abs(v) >= 1e5 || Math.abs(v) < 1e-3 ? v.toExponential(2)
  : String(+v.toPrecision(4));
const short = v => {
  const size = Math.abs(v);
  for (const [unit, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e4, "k"]]) {
    if (size >= unit) return +(v / (letter === "k" ? 1e3 : unit)).toPrecision(3) + letter;
  }
  return v !== 0 && size < 1e-3 ? (+v.toPrecision(3)).toExponential() : String(+v.toPrecision(6));
};

// Round numbers, and at least two of them: the pictures have the same ticks (TidyTicks).
const linearTicks = (low, high, most) => {
  const width = high - low, unit = 10 ** Math.floor(Math.log10(width / most));
  const between = step => {
    const result = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) result.push(+(k * step).toPrecision(12));
    return result;
  };
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10].map(f => f * unit);
  let at = steps.findIndex(step => step >= width / most * (1 - 1e-9)), result = [];
  for (; at >= 0 && result.length < 2; at--) result = between(steps[at]);
  return result;
};
const ticks = (low, high, log, most) => {
  if (!(high > low)) return [low];
  if (!log) return linearTicks(low, high, most);
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const within = v => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9);
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i), decades = powers.filter(e => within(10 ** e));
  const some = powers.flatMap(e => [1, 2, 5].map(f => f * 10 ** e)).filter(within);
  if (some.length > most && decades.length > 1) {
    const every = Math.ceil(decades.length / most);
    return decades.filter(e => e % every === 0).map(e => 10 ** e);
  }
  return some.length >= 3 ? some : linearTicks(low, high, most);
};

const median = values => {
  const s = [...values].sort((a, b) => a - b), n = s.length;
  return n ? (s[(n - 1) >> 1] + s[n >> 1]) / 2 : null;
};
const unreadable = /[\u0000-\u0008\u000b-\u001f\u007f\ufffd]/;
const tokenText = id => {
  const text = data.tokens[id];
  return !text || unreadable.test(text) ? `#${id}` : text.replace(/ /g, "␣").replace(/\n/g, "↵");
};

// Kinds of plots: each script adds what is special about its kind, and a kind may leave out all of it.
//   panel     the class of a panel that is no line plot
//   logX      whether the x axis is logarithmic
//   square    whether a panel is a square picture
//   saves     whether a panel that is no line plot can be saved
//   steps     whether lines are outlines of bars
//   training  whether x is training, and may be measured otherwise than in steps
//   guides    (lines, x) => [{ name, y }]: what one panel is compared with, where the plot's data do not say it
//   controls  (plot, head): adds controls to the plot's head
//   note      what stands below the panels instead of a legend
//   legend    what stands there beside it
const kinds = {};

const tip = make("div", { id: "tip" });
tip.setAttribute("role", "status");
document.body.append(tip);
const showTip = (text, X, Y) => {
  tip.textContent = text;
  tip.style.display = "block";
  tip.style.left = Math.min(X + 14, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.max(4, Y - 34) + "px";
};
const hideTip = () => { tip.style.display = "none"; };
