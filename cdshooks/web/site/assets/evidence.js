// The evidence for one patient, as the service tells it: where ROS1 stands, what is on file, the options side by side.

import { h } from "/assets/dom.js";
import { timelineOf } from "/assets/facts.js";
import { markdown } from "/assets/markdown.js";

/** The columns of the options: a heading, and what stands below it; a column that is empty for all is left out. */
const COLUMNS = [
  ["Approval", (each) => [each.approval]],
  ["Brain", (each) => [each.brain]],
  ["Response in this setting", (each) => each.outcomes],
  ["Resistance on file", (each) => each.against],
  ["Dose", (each) => [each.dose]],
  ["Before the first dose", (each) => [each.checks]],
];

/** Return the panels; `rule` is the id of the rule whose card opened the app, if one did. */
export function evidence(told, rule) {
  return [
    panel(told.status, told.notes.map((each) => markdown(each)), rule && h("p", { class: "hint" }, "Opened from the card of the rule ", h("a", { href: `/rules/${rule}`, target: "_blank" }, rule), ".")),
    h("section", { class: "panel" }, h("h2", {}, "Options"), h("div", { class: "detail" }, markdown(told.heading)), told.options.length > 0 && table(told.options), leftOut(told.leftOut)),
    panel("On file", told.facts.length ? timelineOf(told.facts) : h("p", { class: "hint" }, "Nothing that counts was found.")),
    h("p", { class: "hint" }, `Knowledge release ${told.release}, as of ${told.asOf}. Decision support for clinicians; it does not replace their judgement. Nothing of this is kept.`),
  ];
}

const panel = (title, ...content) => h("section", { class: "panel" }, h("h2", {}, title), h("div", { class: "detail" }, content));

const leftOut = (drugs) => drugs.length > 0 && h("div", { class: "detail" }, h("h3", {}, "Not offered"), h("ul", {}, drugs.map((each) => h("li", {}, each))));

/** Return the options as a table; roles are told, because narrow pages show each row as a block. */
function table(options) {
  const columns = COLUMNS.filter(([, pieces]) => options.some((each) => pieces(each).some(Boolean)));
  const headings = ["Drug", ...columns.map(([heading]) => heading), "Sources"];
  return h(
    "table",
    { class: "options", role: "table", "aria-label": "Options side by side" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, headings.map((each) => h("th", { scope: "col", role: "columnheader" }, each)))),
    h("tbody", { role: "rowgroup" }, options.map((each) => row(each, columns))),
  );
}

const row = (option, columns) =>
  h(
    "tr",
    { role: "row" },
    h("th", { scope: "row", role: "rowheader" }, option.drug, option.brands.length > 0 && h("span", { class: "hint" }, ` ${option.brands.join(", ")}`)),
    columns.map(([heading, pieces]) => cell(heading, pieces(option).filter(Boolean).map((each) => h("p", {}, each)))),
    cell("Sources", option.sources.map((each) => h("p", {}, source(each)))),
  );

const cell = (heading, content) => h("td", { role: "cell" }, h("span", { class: "heading", "aria-hidden": "true" }, heading), content.length ? content : h("p", { class: "hint" }, "not known here"));

const source = ({ name, title, url }) => (/^https?:/i.test(url ?? "") ? h("a", { href: url, title, target: "_blank", rel: "noopener noreferrer" }, name) : name);
