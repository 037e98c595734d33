// Type-ahead after the combobox pattern of the ARIA Authoring Practices: a text field with a list of options.

import { fill, h } from "/assets/dom.js";

const MOST = 8;

/** Put a combobox into a place; `find(text)` returns options with `label`, `note`, `near` for a guess, and whatever `choose` needs. */
export function combobox(place, { id, placeholder, find, choose }) {
  const list = h("ul", { id: `${id}-list`, role: "listbox", "aria-label": "Matching orders", hidden: true });
  const input = h("input", {
    id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder,
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  });
  let options = [];
  let active = -1;

  function show(open) {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) activate(-1);
  }

  function activate(at) {
    active = at;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  function take(option) {
    input.value = "";
    show(false);
    choose(option);
  }

  function update() {
    options = find(input.value.trim()).slice(0, MOST);
    fill(
      list,
      options.map((option, at) =>
        h(
          "li",
          { id: `${id}-${at}`, role: "option", "aria-selected": "false", onpointerdown: (event) => event.preventDefault(), onclick: () => take(option) },
          h("span", {}, option.label),
          h("span", { class: "hint" }, option.note),
        ),
      ),
    );
    active = -1;
    show(options.length > 0);
  }

  input.addEventListener("input", update);
  input.addEventListener("click", update);
  input.addEventListener("blur", () => show(false));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) update();
      if (options.length) activate((active + step + options.length) % options.length);
    } else if (event.key === "Enter" && !list.hidden && options.length) {
      event.preventDefault();
      if (active < 0 && options.some((option) => option.near)) activate(0); // which was meant is asked first
      else take(options[Math.max(active, 0)]);
    } else if (event.key === "Escape") {
      if (list.hidden) input.value = "";
      show(false);
    }
  });
  fill(place, input, list);
  return input;
}
