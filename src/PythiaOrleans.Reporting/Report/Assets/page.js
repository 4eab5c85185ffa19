const contents = make("ul"), main = document.getElementById("sections");
document.getElementById("contents").append(contents);
const entry = (id, textContent) => contents.append(make("li", {}, make("a", { href: "#" + id, textContent })));

showChoices(document.getElementById("choices"));
const first = make("section", { id: "overview" });
main.append(first);
showOverview(first);
const judged = byVerdict.filter(finding => finding.parts.length); // what the others need stands with the verdicts
if (judged.length) {
  const about = "Published claims, judged on these series. Each picture shows what was judged and nothing else: "
    + "medians over blocks, one line for each model, or every block where blocks were judged.";
  const root = make("section", { id: "findings" }, make("h2", { textContent: "Findings" }), make("p", { textContent: about }));
  main.append(root);
  entry("findings", "Findings");
  for (const finding of judged) new Finding(root, finding);
}
if (data.seeds) {
  const root = make("section", { id: "seeds" }, make("h2", { textContent: "Seeds" }));
  main.append(root);
  entry("seeds", "Seeds");
  showSeeds(root, data.seeds);
}
for (const section of data.sections) {
  const about = make("p", { textContent: `${section.question} Source: ${section.source}.` });
  const root = make("section", { id: section.id }, make("h2", { textContent: section.title }), about);
  if (section.reading) root.append(make("p", { className: "reading", textContent: section.reading }));
  main.append(root);
  entry(section.id, section.title);
  for (const plot of section.plots) new Plot(root, plot);
}
if (data.failures.length) {
  const rows = data.failures.map(f => make("tr", {}, make("td", { textContent: f.checkpoint }), make("td", { textContent: f.message })));
  const table = make("table", {}, make("tbody", {}, ...rows));
  main.append(make("section", { id: "failures" }, make("h2", { textContent: "Quarantined" }), table));
  entry("failures", `Quarantined (${data.failures.length})`);
}
// The browser looked for the target of the address before there were any sections.
if (anchorOf()) document.getElementById(anchorOf())?.scrollIntoView();
