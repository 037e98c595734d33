// The demo EHR: patients, their record, an order box; hooks are fired as an EHR fires them, over HTTP.

import { cardElement, ORDER } from "/assets/cards.js";
import { call, discover, problemOf, sendFeedback } from "/assets/cds.js";
import { combobox } from "/assets/combobox.js";
import { byId, fill, h, json, newId } from "/assets/dom.js";
import { FhirServer } from "/assets/fhir.js";
import { narrative } from "/assets/markdown.js";
import { DraftOrders, orderFinder, orderInWords, referenceOf } from "/assets/orders.js";
import { prefetch } from "/assets/prefetch.js";
import { startTheme } from "/assets/theme.js";
import { dayOf, recordOf, timeline } from "/assets/timeline.js";

const USER = "Practitioner/demo-oncologist";
const NARROW = matchMedia("(max-width: 60rem)");
const asked = new URLSearchParams(location.search);
const cdsBase = (asked.get("cds") ?? location.origin).replace(/\/+$/, "");
const server = new FhirServer(asked.get("fhir") ?? `${location.origin}/fhir`);

let services = [];
let drafts = null;
let turn = 0; // what comes for an earlier turn is late and not shown
let explained = []; // the ids of the services whose answers this server explains
let exchanges = 0;

/** Lead the keyboard on where the button that was pressed is gone. */
const leadOn = (id = "advice") => byId(id).focus({ preventScroll: true });

const say = (text) => {
  byId("status").textContent = text;
};

// The patients and their record

async function showPatients() {
  const patients = await server.search("Patient?_count=100");
  const number = (patient) => patient.identifier?.[0]?.value ?? patient.id;
  patients.sort((a, b) => number(a).localeCompare(number(b)));
  fill(
    byId("patients"),
    patients.map((patient) =>
      h("li", {}, h("button", { type: "button", "data-patient": patient.id, onclick: () => open(patient) }, h("strong", {}, nameOf(patient)), h("span", {}, narrative(patient.text)))),
    ),
  );
  const wanted = asked.get("patient");
  const first = wanted ? patients.find((each) => each.id === wanted) : patients[0];
  if (first) await open(first);
  else say(patients.length ? `There is no patient ${wanted} among those of this server: choose one.` : "The FHIR server has no patients.");
}

function nameOf(patient) {
  const name = patient.name?.[0];
  return name?.text || [...(name?.given ?? []), name?.family].filter(Boolean).join(" ") || `Patient ${patient.id}`;
}

function ageOf(patient) {
  const born = new Date(patient.birthDate);
  const today = new Date();
  const had = today.getMonth() > born.getMonth() || (today.getMonth() === born.getMonth() && today.getDate() >= born.getDate());
  return today.getFullYear() - born.getFullYear() - (had ? 0 : 1);
}

async function open(patient) {
  turn += 1;
  const mine = turn;
  for (const button of byId("patients").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(button.dataset.patient === patient.id));
  }
  if (NARROW.matches) byId("patient-panel").open = false;
  const born = patient.birthDate ? `${patient.gender ?? ""}, ${ageOf(patient)} years, born ${dayOf(patient.birthDate)}` : (patient.gender ?? "");
  fill(byId("banner"), h("h1", {}, nameOf(patient)), h("p", {}, [patient.identifier?.[0]?.value, born].filter(Boolean).join(" · ")));
  drafts = null; // nothing is ordered for the one before, nor for this one before the record is there
  fill(byId("timeline"), h("li", { class: "hint" }, "Reading the record …"));
  for (const id of ["drafts", "signing", "advice"]) fill(byId(id));
  say("");
  const [record, encounters] = await Promise.all([
    recordOf(server, patient.id),
    server.search(`Encounter?patient=${encodeURIComponent(patient.id)}`).catch(() => []),
  ]);
  if (mine !== turn) return;
  const encounter = encounters.find((each) => each.status === "in-progress");
  drafts = new DraftOrders(patient.id, encounter?.id, USER);
  const lines = timeline(record);
  fill(byId("timeline"), record.failed.map((type) => h("li", { class: "problem" }, `${type} could not be read.`)), lines.length ? lines : h("li", {}, "Nothing on record."));
  showDrafts();
}

// The draft orders

function showDrafts() {
  fill(
    byId("drafts"),
    drafts.resources.map((resource) => {
      const [what, how] = orderInWords(resource);
      const remove = async () => {
        drafts.remove(referenceOf(resource));
        showDrafts();
        byId("order-box").focus();
        await select(drafts.references);
      };
      return h(
        "li",
        { class: "draft" },
        h("div", {}, h("strong", {}, what), " ", h("span", { class: "hint" }, "draft"), how && h("p", {}, how)),
        h("button", { type: "button", class: "quiet", "aria-label": `Remove ${what}`, onclick: remove }, "Remove"),
      );
    }),
    !drafts.resources.length && h("li", { class: "hint" }, "No draft orders yet."),
  );
  showSigning(drafts.resources.length ? [h("button", { type: "button", class: "primary", onclick: sign }, "Sign")] : []);
}

const showSigning = (...buttons) => fill(byId("signing"), buttons);

async function choose(option) {
  if (!drafts) {
    say(`${option.label} was not ordered: no record is open yet.`);
    return;
  }
  const added = drafts.add(option.drugs);
  showDrafts();
  await select(added);
}

/** Fire order-select for what was just chosen, and show what comes. */
async function select(selections) {
  turn += 1;
  fill(byId("advice"));
  if (!drafts.resources.length) {
    say("");
    return;
  }
  await fire("order-select", { selections });
}

/** Fire order-sign; the signature waits until what comes was seen. */
async function sign() {
  showSigning();
  const shown = await fire("order-sign", {});
  if (shown === null) return;
  if (shown === 0) {
    signed();
    return;
  }
  leadOn();
  say("Not signed yet: read what the service says, then sign or change the orders.");
  showSigning(
    h("button", { type: "button", onclick: signed }, "Sign as it is"),
    h("button", { type: "button", class: "quiet", onclick: () => (showDrafts(), say("Not signed."), leadOn("order-box")) }, "Back to the orders"),
  );
}

function signed() {
  const names = drafts.resources.map((resource) => orderInWords(resource)[0]);
  turn += 1;
  drafts = new DraftOrders(drafts.patient, drafts.encounter, USER);
  fill(byId("advice"));
  showDrafts();
  leadOn("order-box");
  say(`Signed: ${names.join(", ")}. This demo keeps nothing.`);
}

// Hooks

/** Fire a hook at every service that is listed for it; return how many cards and refusals there are, null if late. */
async function fire(hook, more) {
  turn += 1;
  const mine = turn;
  const listed = services.filter((service) => service.hook === hook);
  say(listed.length ? `Asking about ${hook} …` : `No service is listed for ${hook}.`);
  const context = {
    userId: USER,
    patientId: drafts.patient,
    ...(drafts.encounter && { encounterId: drafts.encounter }),
    ...more,
    draftOrders: drafts.bundle,
  };
  const answers = await Promise.all(listed.map((service) => ask(service, hook, context)));
  if (mine !== turn) return null;
  const cards = answers.flatMap(({ service, answer }) => (answer.received?.cards ?? []).map((card) => ({ service, card })));
  cards.sort((a, b) => ORDER.indexOf(a.card.indicator) - ORDER.indexOf(b.card.indicator));
  const refusals = answers.filter(({ answer }) => !answer.ok);
  fill(
    byId("advice"),
    refusals.map(({ service, answer }) =>
      h("article", { class: "card problem" }, h("h3", {}, `${service.title ?? service.id} could not answer (HTTP ${answer.status || "none"})`), h("p", {}, problemOf(answer))),
    ),
    cards.map(({ service, card }) => cardElement(card, actsOf(service, card))),
  );
  const slowest = Math.max(0, ...answers.map(({ answer }) => answer.milliseconds));
  if (listed.length) say(summary(cards.length, refusals.length, hook, slowest));
  return cards.length + refusals.length;
}

function summary(cards, refusals, hook, milliseconds) {
  const told = cards ? `${cards} ${cards === 1 ? "card" : "cards"}` : !refusals && "Nothing to say";
  const refused = refusals && `${refusals} ${refusals === 1 ? "service" : "services"} could not answer`;
  return `${[told, refused].filter(Boolean).join(", ")} on ${hook} (${Math.round(milliseconds)} ms).`;
}

async function ask(service, hook, context) {
  const started = performance.now();
  const names = drafts.resources.map((resource) => orderInWords(resource)[0]).join(", ");
  const { answers, told } = await prefetch(service.prefetch, context, server);
  const gathered = performance.now() - started;
  const request = { hook, hookInstance: newId(), fhirServer: server.base, context, prefetch: answers };
  const answer = await call(cdsBase, service.id, request);
  note(`${hook}: ${names}`, answer, { told, gathered, service });
  return { service, answer };
}

/** Return where a SMART app starts with this patient; null where another FHIR server would have to launch it. */
function launchOf(link) {
  if (cdsBase !== location.origin || server.base !== `${location.origin}/fhir`) return null;
  const context = { patient: drafts.patient, encounter: drafts.encounter, appContext: link.appContext };
  const launch = btoa(JSON.stringify(context)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${link.url}?${new URLSearchParams({ iss: `${new URL(link.url).origin}/fhir`, launch })}`;
}

function actsOf(service, card) {
  const tell = async (outcome) => {
    const feedback = { card: card.uuid, ...outcome, outcomeTimestamp: new Date().toISOString() };
    const answer = await sendFeedback(cdsBase, service.id, feedback);
    note(`feedback: ${outcome.outcome}`, answer);
    return answer.ok ? "Feedback was sent." : `Feedback was not taken (HTTP ${answer.status || "none"}: ${problemOf(answer)})`;
  };
  return {
    launch: launchOf,
    accept: async (suggestion) => {
      const mine = drafts;
      const changed = mine.apply(suggestion.actions);
      showDrafts();
      const sent = await tell({ outcome: "accepted", acceptedSuggestions: [{ id: suggestion.uuid }] });
      if (drafts !== mine) return; // another record was opened, or these were signed
      // Of a card with "any", more may be taken: it stays. Else the orders are new ones, and are asked about.
      let said = "";
      if (card.selectionBehavior !== "any") {
        await select(changed.length ? changed : drafts.references);
        said = byId("status").textContent;
      }
      leadOn();
      say(`Done: ${suggestion.label}. ${sent} ${said}`);
    },
    override: async (reason, comment) => {
      const why = { ...(reason && { reason: { code: reason.code, system: reason.system, ...(reason.display && { display: reason.display }) } }), ...(comment && { userComment: comment }) };
      const sent = await tell({ outcome: "overridden", ...(Object.keys(why).length && { overrideReason: why }) });
      leadOn();
      say(`The order stays. ${sent}`);
    },
  };
}

// What was sent and answered

function note(title, answer, { told = [], gathered = null, service = null } = {}) {
  exchanges += 1;
  byId("exchange-count").textContent = String(exchanges);
  const times = [gathered !== null && `prefetch ${Math.round(gathered)} ms`, `answer ${Math.round(answer.milliseconds)} ms`].filter(Boolean).join(", ");
  const keep = () => sessionStorage.setItem("ros1-cds-explain", JSON.stringify(answer.sent));
  byId("exchange-list").prepend(
    h(
      "li",
      {},
      h("p", {}, h("strong", {}, title), h("span", { class: answer.ok ? "tag" : "tag off" }, `HTTP ${answer.status || "none"}`), h("span", { class: "hint" }, times)),
      service && h("p", { class: "hint" }, service.title ?? service.id),
      explained.includes(service?.id) && cdsBase === location.origin && h("p", {}, h("a", { href: "/explain", onclick: keep }, "Explain this answer")),
      told.length > 0 && h("details", {}, h("summary", {}, "Prefetch"), h("ul", { class: "plain" }, told.map((each) => h("li", {}, h("code", {}, each.key), ` ${each.state} `, each.query && h("span", { class: "hint" }, each.query))))),
      h("details", {}, h("summary", {}, "Request"), h("p", { class: "hint" }, `POST ${answer.url}`), json(answer.sent, "Request")),
      h("details", {}, h("summary", {}, "Response"), json(answer.received, "Response")),
    ),
  );
}

// The start

async function showServices() {
  services = await discover(cdsBase);
  fill(byId("discovery"), h("p", {}, "Discovery lists:"), h("ul", { class: "plain" }, services.map((each) => h("li", {}, h("code", {}, each.hook), ` ${each.title ?? each.id}`))));
}

function startServers() {
  const form = byId("server-form");
  form.elements.cds.value = cdsBase;
  form.elements.fhir.value = server.base;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new URLSearchParams({ cds: form.elements.cds.value, fhir: form.elements.fhir.value });
    location.search = chosen.toString();
  });
}

async function start() {
  const takeOrderables = async () => {
    const orderables = await (await fetch("/demo/orderables.json")).json();
    find = orderFinder(orderables);
    explained = orderables.explained;
  };
  startTheme();
  startServers();
  if (NARROW.matches) byId("patient-panel").open = false;
  let find = () => [];
  combobox(byId("order-combobox"), { id: "order-box", placeholder: "pembrolizumab, Keytruda, carboplatin + …", find: (text) => find(text), choose });
  const steps = [
    ["The list of drugs could not be read", takeOrderables],
    [`There is no CDS service at ${cdsBase}`, showServices],
    [`The patients could not be read from ${server.base}`, showPatients],
  ];
  for (const [problem, step] of steps) {
    try {
      await step();
    } catch (error) {
      say(`${problem}: ${error.message}`);
      byId("servers").open = true;
      return;
    }
  }
}

start();
