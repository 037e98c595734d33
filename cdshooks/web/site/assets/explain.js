// Explain: a hook request goes to the service's own engine; what it says is shown, and nothing is kept.

import { cardElement } from "/assets/cards.js";
import { discover, reasonOf } from "/assets/cds.js";
import { combobox } from "/assets/combobox.js";
import { byId, fill, h, json, named, withQuotes } from "/assets/dom.js";
import { timelineOf } from "/assets/facts.js";
import { DraftOrders, orderFinder } from "/assets/orders.js";
import { draftsOf, patientsOf, requestOf, resourcesOf } from "/assets/record.js";
import { startTheme } from "/assets/theme.js";

const MOST_BYTES = 200 * 1024 * 1024; // of a folder; what is sent of it is one patient's
const MOST_PROBLEMS = 10;
const ANSWERS = [
  ["applied", "Rules that applied", true],
  ["cannot tell", "Rules that cannot tell: something is missing", true],
  ["not applied", "Rules that did not apply", false],
];
const USES = [
  ["understood", "Understood", true],
  ["could not be read", "Could not be read", true],
  ["supports", "Read where others refer to them", false],
  ["ignored", "Ignored", true],
];
const TAGS = { applied: "tag", understood: "tag" };

const say = (text) => {
  byId("status").textContent = text;
};

let turn = 0; // what comes for an earlier turn is late and not shown

async function explain(text) {
  turn += 1;
  const mine = turn;
  say("Explaining …");
  fill(byId("result"));
  const started = performance.now();
  let response;
  let told;
  try {
    response = await fetch("/explain.json", { method: "POST", headers: { "Content-Type": "application/json" }, body: text });
    told = await response.json();
  } catch (error) {
    if (mine === turn) say(`No answer: ${error.message}`);
    return;
  }
  if (mine !== turn) return;
  const milliseconds = Math.round(performance.now() - started);
  if (!response.ok) {
    refuse(response.status, told);
    return;
  }
  say(`Explained in ${milliseconds} ms.`);
  show(told);
  byId("result").focus({ preventScroll: true });
  if (!showNamed()) byId("result").scrollIntoView({ block: "start" });
}

function refuse(status, outcome) {
  say(`The service would refuse this request with HTTP ${status}.`);
  fill(
    byId("result"),
    panel("Refused", h("ul", { class: "why" }, (outcome.issue ?? []).map((issue) => h("li", {}, [issue.expression?.[0], reasonOf(issue)].filter(Boolean).join(": "))))),
  );
}

function show(told) {
  const cards = told.cards.length
    ? told.cards.map((card) => cardElement(card))
    : [h("p", {}, told.refused.length ? `None: the answer is HTTP 412, because these parts of the record are missing: ${told.refused.join(", ")}.` : "None. The service has nothing to say about these orders.")];
  fill(
    byId("result"),
    h("p", { class: "hint" }, `${told.hook} · knowledge release ${told.release} · as of ${told.asOf}`),
    panel(`Cards (${told.cards.length})`, cards),
    panel("Facts", told.facts.length ? timelineOf(told.facts) : h("p", { class: "hint" }, "None: nothing that counts was found.")),
    panel("Orders", list(told.orders, (each) => item(each.why[0] ?? "Not recognised", each.selected ? `${each.state}, selected` : `${each.state}, not selected`, each.why.slice(1), each.selected, each.resource))),
    panel("Record", h("ul", { class: "why" }, told.supplies.map((each) => h("li", {}, each))), told.ignoredKeys.length > 0 && h("p", {}, `Prefetch keys that the service does not ask for: ${told.ignoredKeys.join(", ")}`)),
    panel("Resources", groups(told.resources, USES, "use", (each) => item(each.resource, each.use, each.why, each.use in TAGS, each.place))),
    panel("Rules", groups(told.rules, ANSWERS, "answer", (each) => rule(each))),
    h("details", { class: "panel" }, h("summary", {}, h("h2", {}, "As JSON")), json(told, "The explanation as JSON")),
  );
}

/** Return a rule with a link to it: the link names the rule and nothing of the patient. */
function rule(each) {
  const element = item(each.title, each.answer, each.why, each.answer in TAGS);
  element.id = each.rule;
  element.children[0].after(h("a", { href: `#${each.rule}`, class: "hint" }, each.rule));
  return element;
}

/** Show the rule that the address names, if it is here. */
function showNamed() {
  const element = byId(named());
  if (!element?.matches("#result li")) return false;
  for (const other of document.querySelectorAll("#result li.named")) other.classList.remove("named");
  element.classList.add("named"); // :target is not for what came after the address
  element.closest("details").open = true;
  element.scrollIntoView({ block: "center" });
  return true;
}

const panel = (title, ...content) => h("section", { class: "panel" }, h("h2", {}, title), content);

function groups(all, kinds, name, element) {
  return kinds.map(([value, title, open]) => {
    const these = all.filter((each) => each[name] === value);
    return these.length > 0 && h("details", { open, class: "group" }, h("summary", {}, `${title} (${these.length})`), list(these, element));
  });
}

const list = (all, element) => (all.length ? h("ul", { class: "items" }, all.map(element)) : h("p", { class: "hint" }, "None."));

const item = (title, state, why, good, small) =>
  h(
    "li",
    {},
    h("p", {}, h("strong", {}, title), h("span", { class: good ? "tag" : "tag off" }, state), small && h("code", {}, small)),
    why?.length > 0 && h("ul", { class: "why" }, why.map((each) => h("li", {}, withQuotes(each)))),
  );

let record = null; // the resources last opened, if they were no hook request

/** Take files, or what was pasted as one, and say so if they cannot be read. */
async function take(files) {
  try {
    await understand(await Promise.all(files.map(async (each) => ({ name: each.webkitRelativePath || each.name, text: await each.text() }))));
  } catch (error) {
    say(`This could not be read: ${error.message}`);
  }
}

/** A hook request is explained, of a record it is asked what would be ordered. */
async function understand(files) {
  turn += 1;
  record = null;
  byId("about").hidden = true;
  fill(byId("result"));
  if (files.length === 1 && isRequest(files[0].text)) {
    byId("request").value = files[0].text;
    await explain(files[0].text);
    return;
  }
  const { resources, problems } = resourcesOf(files);
  const patients = patientsOf(resources);
  if (!patients.length) {
    say(["This is neither a hook request nor the record of a patient.", ...problems.slice(0, 1)].join(" "));
    return;
  }
  record = resources;
  say("");
  byId("record-told").textContent = `${resources.length} resources of ${patients.length} ${patients.length === 1 ? "patient" : "patients"}, taken as the whole record. They stay in this page; only one patient's go to this service.`;
  fill(byId("record-problems"), problems.slice(0, MOST_PROBLEMS).map((each) => h("li", {}, each)), problems.length > MOST_PROBLEMS && h("li", {}, `and ${problems.length - MOST_PROBLEMS} more`));
  fill(byId("patient"), patients.map((each) => h("option", { value: each }, each)));
  byId("patient-label").hidden = patients.length === 1;
  byId("about").hidden = false;
  byId("order-box").focus();
  await explainDrafts();
}

function isRequest(text) {
  try {
    return JSON.parse(text).resourceType === undefined;
  } catch {
    return !text.trim().includes("\n"); // one line that is no JSON: the service says where
  }
}

/** Explain the drafts that the record itself has. */
async function explainDrafts() {
  const drafts = draftsOf(record, byId("patient").value);
  if (drafts.length) await explainOrders(drafts);
}

async function explainOrders(drafts) {
  let services;
  try {
    services = await discover(location.origin);
  } catch (error) {
    say(`What the service asks for could not be read: ${error.message}`);
    return;
  }
  const listed = services.find((each) => each.hook === "order-select");
  const text = JSON.stringify(requestOf(record, byId("patient").value, listed?.prefetch ?? {}, drafts), null, 2);
  byId("request").value = text;
  await explain(text);
}

function choose(option) {
  const orders = new DraftOrders(byId("patient").value, null, "Practitioner/explain");
  orders.add(option.drugs);
  return explainOrders([...draftsOf(record, byId("patient").value), ...orders.resources]);
}

async function open(files) {
  const read = [...files].filter((each) => /\.(nd)?jsonl?$/i.test(each.name) || files.length === 1);
  if (!read.length) {
    say("There is no JSON among this: what is read is a text, or files that end in .json, .ndjson or .jsonl.");
    return;
  }
  if (read.reduce((sum, each) => sum + each.size, 0) > MOST_BYTES) {
    say(`This is more than ${MOST_BYTES / 1024 / 1024} MB, which this page does not read.`);
    return;
  }
  await take(read);
}

/** Return the files that were dropped, those of folders too. */
async function dropped(items) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail)); // at most a hundred at a time
    if (!some.length) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(filesOf))).flat();
}

/** Return the request that the demo EHR handed over within this tab, once. */
function handedOver() {
  try {
    const text = sessionStorage.getItem("ros1-cds-explain");
    sessionStorage.removeItem("ros1-cds-explain");
    return text;
  } catch {
    return null; // storage is switched off
  }
}

async function start() {
  startTheme();
  const form = byId("request-form");
  const pasted = () => new File([form.elements.request.value], "The text");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take([pasted()]);
  });
  const change = async ({ target }) => {
    if (target.files.length) await open(target.files);
    target.value = ""; // the same may be opened again
  };
  for (const id of ["file", "folder"]) byId(id).addEventListener("change", change);
  byId("patient").addEventListener("change", () => (fill(byId("result")), explainDrafts()));
  byId("clear").addEventListener("click", () => {
    form.reset();
    turn += 1;
    record = null;
    byId("about").hidden = true;
    fill(byId("result"));
    say("");
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    const { files, items } = event.dataTransfer;
    if (files.length) {
      await open(await dropped(items));
      return;
    }
    form.elements.request.value = event.dataTransfer.getData("text");
    if (form.reportValidity()) await take([pasted()]);
  });
  let find = () => [];
  combobox(byId("order-combobox"), { id: "order-box", placeholder: "A drug or regimen", find: (text) => find(text), choose });
  fetch("/demo/orderables.json").then(async (response) => (find = orderFinder(await response.json()))).catch((error) => say(`The list of drugs could not be read: ${error.message}`));
  addEventListener("hashchange", showNamed);
  if (location.hash) say(`This link leads to the rule ${named()}; it holds no patient data. Open what it is about.`);
  const text = handedOver();
  if (text) {
    byId("request").value = JSON.stringify(JSON.parse(text), null, 2);
    await explain(text);
  }
}

start();
