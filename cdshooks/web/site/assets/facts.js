// Facts in clinicians' words as a timeline: when, what kind, what, and the resources that say so.

import { h } from "/assets/dom.js";
import { markdown } from "/assets/markdown.js";

const LOOKS = { diagnosis: "diagnosis", extent: "diagnosis", progression: "diagnosis", treatment: "drug" };

/** Return facts, newest first as they came, as a list. */
export const timelineOf = (facts) => h("ol", { class: "timeline" }, facts.map((each) => fact(each)));

const fact = (each) =>
  h(
    "li",
    { class: `event ${LOOKS[each.kind] ?? "result"}` },
    each.day ? h("time", { datetime: each.date.slice(0, 10) }, each.day) : h("span", { class: "hint" }, "no date"),
    h("span", { class: "kind" }, each.label),
    h("div", { class: "detail" }, markdown(each.words), each.resources?.length > 0 && h("span", { class: "hint" }, each.resources.join(", "))),
  );
