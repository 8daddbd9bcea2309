// Draws every chart from the specification beside it. Expressions are interpreted, so that the page needs no `eval`.
"use strict";
const theme = JSON.parse(document.getElementById("theme").textContent);
const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, config: theme, tooltip: { theme: "custom" } };
for (const chart of document.querySelectorAll(".chart")) {
  const specification = JSON.parse(document.getElementById(chart.dataset.specification).textContent);
  vegaEmbed(chart, specification, options).then(
    () => chart.setAttribute("data-drawn", ""),
    (error) => { chart.textContent = "This browser could not draw the chart; the table below has its values."; console.error(error); },
  );
}
