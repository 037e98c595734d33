// Dark, light, or as the system has it; the choice stays in this browser.

import { byId, fill, h, icon } from "/assets/dom.js";

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const WORDS = { auto: "auto", light: "light", dark: "dark" };
const KEY = "ros1-cds-theme";

function show(theme) {
  document.documentElement.dataset.theme = theme;
  fill(byId("theme"), icon("M8 1a7 7 0 100 14A7 7 0 008 1zm0 2v10A5 5 0 018 3z"), h("span", {}, h("span", { class: "label" }, "Theme: "), WORDS[theme]));
}

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off
  }
}

/** Show the chosen theme and let its button change it. */
export function startTheme() {
  let theme = stored() in NEXT ? stored() : "auto";
  show(theme);
  byId("theme").addEventListener("click", () => {
    theme = NEXT[theme];
    show(theme);
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // storage is switched off: the choice holds for this page
    }
  });
}
