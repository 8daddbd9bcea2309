// Draws every chart from the specification beside it. Expressions are interpreted, so that the page needs no `eval`.
"use strict";
const theme = JSON.parse(document.getElementById("theme").textContent);
const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, config: theme, tooltip: { theme: "custom" } };
// On a phone the words beside the rows leave more room to the values.
const NARROW = 400;
const narrow = { ...theme, padding: { ...theme.padding, right: 10 }, axis: { ...theme.axis, labelFontSize: 11 } };
for (const chart of document.querySelectorAll(".chart")) {
  const specification = JSON.parse(document.getElementById(chart.dataset.specification).textContent);
  vegaEmbed(chart, specification, chart.clientWidth < NARROW ? { ...options, config: narrow } : options).then(
    () => chart.setAttribute("data-drawn", ""),
    (error) => { chart.textContent = "This browser could not draw the chart; the table below has its values."; console.error(error); },
  );
}
// A link into what is folded opens it.
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target && target.closest("details");
  if (folded && !folded.open) { folded.open = true; target.scrollIntoView(); }
}
addEventListener("hashchange", unfold);
unfold();
