const contents = make("ul"), main = document.getElementById("sections");
document.getElementById("contents").append(contents);
if (data.findings.length) {
  const about = "Published claims, judged on these series. Lines are medians over blocks, one for each model.";
  const root = make("section", { id: "findings" }, make("h2", { textContent: "Findings" }), make("p", { textContent: about }));
  root.append(modelLegend());
  main.append(root);
  contents.append(make("li", {}, make("a", { href: "#findings", textContent: "Findings" })));
  for (const finding of data.findings) new Finding(root, finding);
}
for (const section of data.sections) {
  const about = make("p", { textContent: `${section.question} Source: ${section.source}.` });
  const root = make("section", { id: section.id }, make("h2", { textContent: section.title }), about);
  main.append(root);
  contents.append(make("li", {}, make("a", { href: "#" + section.id, textContent: section.title })));
  for (const plot of section.plots) new Plot(root, plot);
}
if (data.failures.length) {
  const rows = data.failures.map(f => make("tr", {}, make("td", { textContent: f.checkpoint }), make("td", { textContent: f.message })));
  const table = make("table", {}, make("tbody", {}, ...rows));
  main.append(make("section", { id: "failures" }, make("h2", { textContent: "Quarantined" }), table));
  contents.append(make("li", {}, make("a", { href: "#failures", textContent: `Quarantined (${data.failures.length})` })));
}
// The browser looked for the target of the address before there were any sections.
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
