// The record of a patient as lines of a timeline, newest first: diagnoses, results, drugs.

import { h } from "/assets/dom.js";
import { words } from "/assets/fhir.js";

const USUAL = new Set(["final", "completed", "confirmed"]); // says nothing that needs a word
const NOW = new Set(["active", "amended", "corrected", "in-progress"]);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const READERS = {
  Condition: (each) => ["Diagnosis", each.onsetDateTime ?? each.recordedDate, words(each.code), "", words(each.clinicalStatus).toLowerCase()],
  Observation: (each) => ["Result", each.effectiveDateTime ?? each.issued, words(each.code), valueOf(each), each.status],
  DiagnosticReport: (each) => ["Report", each.effectiveDateTime ?? each.issued, words(each.code), each.conclusion ?? "", each.status],
  MedicationRequest: (each, drugs) => ["Drug", each.authoredOn, drugOf(each, drugs), "ordered", each.status],
  MedicationStatement: (each, drugs) => ["Drug", each.effectiveDateTime ?? each.effectivePeriod?.start, drugOf(each, drugs), "stated", each.status],
  MedicationAdministration: (each, drugs) => ["Drug", each.effectiveDateTime ?? each.effectivePeriod?.start, drugOf(each, drugs), "given", each.status],
};

/** Return the resources of a patient that the timeline shows. */
export async function recordOf(server, patient) {
  const types = Object.keys(READERS);
  const found = await Promise.allSettled(types.map((type) => server.search(`${type}?patient=${encodeURIComponent(patient)}`)));
  const failed = types.filter((_, at) => found[at].status === "rejected");
  const resources = found.flatMap((each) => each.value ?? []);
  return { resources, failed, drugs: await drugsOf(server, resources) };
}

async function drugsOf(server, resources) {
  const references = new Set(resources.map((each) => each.medicationReference?.reference).filter(Boolean));
  const read = await Promise.allSettled([...references].map((reference) => server.query(reference)));
  return Object.fromEntries([...references].map((reference, at) => [reference, words(read[at].value?.code) || reference]));
}

const drugOf = (each, drugs) => words(each.medicationCodeableConcept) || drugs[each.medicationReference?.reference] || "";

/** Return the lines of a record. */
export function timeline({ resources, drugs }) {
  return resources
    .map((each) => [each, READERS[each.resourceType](each, drugs)])
    .sort(([, a], [, b]) => String(b[1] ?? "").localeCompare(String(a[1] ?? "")))
    .map(([each, line]) => lineElement(each, line));
}

function lineElement(resource, [kind, date, title, value, status]) {
  const day = date?.slice(0, 10);
  const by = resource.performer?.[0]?.display;
  return h(
    "li",
    { class: `event ${kind.toLowerCase()}` },
    day ? h("time", { datetime: day }, dayOf(day)) : h("span", { class: "hint" }, "no date"),
    h("span", { class: "kind" }, kind),
    h(
      "div",
      {},
      h("strong", {}, title || resource.resourceType),
      value && h("span", { class: "value" }, value),
      status && !USUAL.has(status) && `${kind} ${status}` !== "Diagnosis active" && h("span", { class: NOW.has(status) ? "tag" : "tag off" }, status),
      by && h("span", { class: "hint" }, by),
    ),
  );
}

/** Return a day as people write it. */
export function dayOf(date) {
  const [year, month, day] = date.slice(0, 10).split("-");
  return [day && Number(day), month && MONTHS[Number(month) - 1], year].filter(Boolean).join(" ");
}

function valueOf(observation) {
  const own = oneValue(observation);
  const parts = (observation.component ?? []).map((each) => oneValue(each)).filter(Boolean);
  return [own, parts.length && `(${parts.join(", ")})`].filter(Boolean).join(" ");
}

function oneValue(each) {
  if (each.valueQuantity) return [each.valueQuantity.comparator, each.valueQuantity.value, each.valueQuantity.unit].filter((part) => part !== undefined).join(" ");
  if (each.valueCodeableConcept) return words(each.valueCodeableConcept);
  return each.valueString ?? each.valueDateTime ?? (each.valueInteger !== undefined ? String(each.valueInteger) : "");
}
