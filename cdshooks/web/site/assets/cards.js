// Cards, drawn by the standard: indicator, summary, detail, source, suggestions, links, override reasons.

import { h, icon } from "/assets/dom.js";
import { markdown } from "/assets/markdown.js";

const INDICATORS = {
  critical: ["Critical", "M5 1h6l4 4v6l-4 4H5l-4-4V5zM7 4v5h2V4zm0 6v2h2v-2z"],
  warning: ["Warning", "M8 1l7.500 14H.5zM7 6v4h2V6zm0 5v2h2v-2z"],
  info: ["Information", "M8 1a7 7 0 100 14A7 7 0 008 1zM7 4h2v2H7zm0 3h2v5H7z"],
};
const AT_A_GLANCE = 1; // blocks of a detail
export const ORDER = ["critical", "warning", "info"];

/**
 * Return a card as an article. `acts` has what the reader may do: `accept(suggestion)` and `override(reason, comment)`,
 * each of which resolves when it is done, and `launch(link)`; without it the card can only be read.
 */
export function cardElement(card, acts = null) {
  const [word, shape] = INDICATORS[card.indicator] ?? INDICATORS.info;
  const article = h(
    "article",
    { class: `card ${card.indicator in INDICATORS ? card.indicator : "info"}`, "aria-label": `${word}: ${card.summary}` },
    h("p", { class: "indicator" }, icon(shape), word),
    h("h3", {}, card.summary),
  );
  const [lead, rest] = parts(card.detail, acts !== null);
  if (lead) article.append(h("div", { class: "detail" }, lead));
  if (card.suggestions?.length) article.append(suggestions(card, article, acts));
  if (rest) article.append(h("details", { class: "rest" }, h("summary", {}, "Details"), h("div", { class: "detail" }, rest)));
  if (card.links?.length) article.append(links(card.links, acts?.launch));
  if (acts && !card.suggestions?.length && !card.overrideReasons?.length) article.append(dismissal(article, acts));
  if (acts && card.overrideReasons?.length) article.append(override(card, article, acts));
  article.append(source(card.source));
  return article;
}

/** Return what of a detail is read at a glance, and the rest; a short one is all at a glance, as is one only to read. */
function parts(detail, folds) {
  if (!detail) return [null, null];
  const all = markdown(detail);
  const glance = AT_A_GLANCE + /:\s*$/.test(all.firstElementChild?.textContent ?? ""); // what a colon announces goes with it
  if (!folds || all.children.length <= glance + 1) return [all, null];
  const lead = document.createDocumentFragment();
  lead.append(...[...all.children].slice(0, glance));
  return [lead, all];
}

function suggestions(card, article, acts) {
  if (acts === null) {
    return h("div", { class: "detail" }, h("p", {}, h("strong", {}, "Suggestions")), h("ul", {}, card.suggestions.map((each) => h("li", {}, each.label))));
  }
  const atMostOne = card.selectionBehavior !== "any";
  const buttons = card.suggestions.map((suggestion) => {
    const button = h(
      "button",
      { type: "button", class: suggestion.isRecommended ? "primary" : null },
      suggestion.label,
      suggestion.isRecommended && h("span", { class: "tag" }, "recommended"),
    );
    button.addEventListener("click", async () => {
      for (const each of atMostOne ? buttons : [button]) each.disabled = true;
      await acts.accept(suggestion);
      article.classList.add("done");
    });
    return button;
  });
  const hint = atMostOne ? "Take at most one:" : "Take any of these:";
  return h(
    "div",
    { class: "suggestions", role: "group", "aria-label": "Suggestions" },
    card.suggestions.length > 1 && h("p", { class: "hint" }, hint),
    buttons,
  );
}

/** Return the links; `launch` returns the address at which a SMART app starts with this patient, if it can. */
function links(all, launch) {
  return h("ul", { class: "links" }, all.map((link) => h("li", {}, linkElement(link, launch))));
}

function linkElement(link, launch) {
  const url = link.type === "smart" ? launch?.(link) : link.url;
  if (/^https?:/i.test(url ?? "")) return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, link.label);
  return h("span", {}, `${link.label} (a SMART app, not launched from here)`);
}

function override(card, article, acts) {
  const select = h(
    "select",
    { required: true },
    h("option", { value: "" }, "Choose a reason"),
    card.overrideReasons.map((reason, at) => h("option", { value: String(at) }, reason.display ?? reason.code)),
  );
  const comment = h("input", { type: "text", maxlength: "500", autocomplete: "off" });
  const button = h("button", { type: "submit" }, "Keep the order");
  const form = h(
    "form",
    { class: "stack" },
    h("label", {}, "Reason", select),
    h("label", {}, "Comment, if any", comment),
    button,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    await acts.override(card.overrideReasons[Number(select.value)], comment.value.trim());
    article.classList.add("done");
  });
  return h("details", { class: "override" }, h("summary", {}, "Keep the order, and say why"), form);
}

function dismissal(article, acts) {
  const button = h("button", { type: "button", class: "quiet" }, "Seen");
  button.addEventListener("click", async () => {
    button.disabled = true;
    await acts.override(null, "");
    article.classList.add("done");
  });
  return button;
}

function source(from) {
  if (!from) return null;
  const label = /^https?:/i.test(from.url ?? "")
    ? h("a", { href: from.url, target: "_blank", rel: "noopener noreferrer" }, from.label)
    : from.label;
  return h("p", { class: "source" }, "Source: ", label, from.topic && ` · ${from.topic.display ?? from.topic.code}`);
}
