// A record (Bundles, or resources line by line) as the hook request that an EHR would send with it.

import { newId } from "/assets/dom.js";

const DRAFTS = new Set(["MedicationRequest", "ServiceRequest"]);

/** Return the resources of texts, each a Bundle, a resource, or NDJSON; and, in words, what could not be read. */
export function resourcesOf(files) {
  const resources = [];
  const names = new Map(); // fullUrl -> Type/id
  const problems = [];
  for (const { name, text } of files) {
    for (const [value, place] of valuesOf(text, name, problems)) collect(value, place, resources, names, problems);
  }
  return { resources: resources.map((each) => renamed(each, names)), problems };
}

function* valuesOf(text, name, problems) {
  const whole = parsed(text);
  if (whole !== undefined) {
    yield [whole, name];
    return;
  }
  const lines = text.split("\n");
  if (!lines.some((line) => typeof parsed(line)?.resourceType === "string")) {
    problems.push(`${name} is no JSON: ${faultOf(text)}`);
    return;
  }
  for (const [at, line] of lines.entries()) {
    if (!line.trim()) continue;
    const value = parsed(line);
    if (value === undefined) problems.push(`${name}, line ${at + 1} is no JSON`);
    else yield [value, `${name}, line ${at + 1}`];
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Return what is wrong with a text that is no JSON, in the words of the browser. */
function faultOf(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return error.message;
  }
}

function collect(value, place, resources, names, problems) {
  if (typeof value?.resourceType !== "string") {
    problems.push(`${place} is no FHIR resource`);
    return;
  }
  if (value.resourceType !== "Bundle") {
    resources.push(value);
    return;
  }
  if (!Array.isArray(value.entry ?? [])) {
    problems.push(`${place}: entry of the Bundle is no list`);
    return;
  }
  for (const [at, entry] of (value.entry ?? []).entries()) {
    if (!entry?.resource) continue;
    if (entry.fullUrl && entry.resource.id) names.set(entry.fullUrl, referenceOf(entry.resource));
    collect(entry.resource, `${place}, entry ${at + 1}`, resources, names, problems);
  }
}

/** Return a resource whose references by fullUrl are ones by type and id. */
function renamed(value, names) {
  if (Array.isArray(value)) return value.map((each) => renamed(each, names));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === "reference" && names.has(each) ? names.get(each) : renamed(each, names)]),
  );
}

const referenceOf = (resource) => `${resource.resourceType}/${resource.id}`;
const patientOf = (resource) => /(?:^|\/)Patient\/([^/]+)/.exec((resource.subject ?? resource.patient)?.reference ?? "")?.[1];

/** Return the ids of the patients that a record is of. */
export function patientsOf(resources) {
  const ids = resources.map((each) => (each.resourceType === "Patient" ? each.id : patientOf(each)));
  return [...new Set(ids.filter(Boolean))];
}

/** Return the drafts of a patient that are in a record. */
export const draftsOf = (resources, patient) =>
  resources.filter((each) => DRAFTS.has(each.resourceType) && each.status === "draft" && patientOf(each) === patient);

/** Return the request with a patient's resources under the keys that ask for their types, taken as the whole record. */
export function requestOf(resources, patient, templates, drafts) {
  const taken = new Set(drafts.map(referenceOf));
  const own = resources.filter((each) => (each.resourceType === "Patient" ? each.id === patient : patientOf(each) === patient) && !taken.has(referenceOf(each)));
  const encounter = own.find((each) => each.resourceType === "Encounter" && each.status === "in-progress");
  const prefetch = {};
  const filled = new Set();
  const byName = new Map(resources.map((each) => [referenceOf(each), each]));
  for (const [key, template] of Object.entries(templates)) {
    const type = /^[A-Za-z]+/.exec(template)?.[0];
    if (!template.includes("?")) {
      const one = type === "Encounter" ? encounter : own.find((each) => each.resourceType === type);
      if (one) prefetch[key] = one;
      continue;
    }
    const found = filled.has(type) ? [] : own.filter((each) => each.resourceType === type);
    filled.add(type);
    const entries = [...found, ...includedBy(found, byName, templates)].map((resource) => ({ resource }));
    prefetch[key] = { resourceType: "Bundle", type: "searchset", ...(entries.length && { entry: entries }) };
  }
  return {
    hook: "order-select",
    hookInstance: newId(),
    context: {
      userId: "Practitioner/explain",
      patientId: patient,
      ...(encounter && { encounterId: encounter.id }),
      selections: drafts.map(referenceOf),
      draftOrders: { resourceType: "Bundle", type: "collection", entry: drafts.map((resource) => ({ resource })) },
    },
    prefetch,
  };
}

/** Return what resources refer to that no key asks for: a Medication, a Specimen. */
function includedBy(resources, byName, templates) {
  const asked = new Set(Object.values(templates).map((template) => /^[A-Za-z]+/.exec(template)?.[0]));
  const names = new Set();
  JSON.stringify(resources, (key, value) => {
    if (key === "reference" && byName.has(value)) names.add(value);
    return value;
  });
  return [...names].map((name) => byName.get(name)).filter((each) => !asked.has(each.resourceType));
}
