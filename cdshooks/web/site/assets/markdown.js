// Markdown of a card as elements: parsed by marked, cleaned by DOMPurify, never run.

import { marked } from "/assets/vendor/marked.esm.js";
import DOMPurify from "/assets/vendor/purify.es.mjs";

const ALLOWED = {
  ALLOWED_TAGS: [
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
  ],
  ALLOWED_ATTR: ["href", "title"],
  ALLOWED_URI_REGEXP: /^https?:/i,
  RETURN_DOM_FRAGMENT: true,
};

/** Return GitHub Flavored Markdown as a fragment; links open beside the page. */
export function markdown(text) {
  const fragment = DOMPurify.sanitize(marked.parse(text, { gfm: true, async: false }), ALLOWED);
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  return fragment;
}

/** Return the words of a FHIR narrative, without its markup. */
export function narrative(text) {
  return text?.div ? DOMPurify.sanitize(text.div, { ALLOWED_TAGS: [], RETURN_DOM_FRAGMENT: true }).textContent.trim() : "";
}
