// The draft orders of one session, as FHIR resources, and what a suggestion does to them.

import { newId } from "/assets/dom.js";
import { words } from "/assets/fhir.js";
import Fuse from "/assets/vendor/fuse.basic.min.mjs";

const NEAR = { keys: ["names"], threshold: 0.2, minMatchCharLength: 3 }; // a letter or two: "keytrda", "nivolumap"
const MOST_NEAR = 3;
const LONGEST = 40; // of what is looked for near

/**
 * Return a finder over what can be ordered: regimens and drugs by name or brand, and any text as it is written. Names that
 * are only near come last and are marked: another drug than the one written is never taken without being chosen.
 */
export function orderFinder({ drugs, regimens }) {
  const named = new Map(drugs.map((drug) => [drug.id, drug]));
  const all = [
    ...regimens.map((each) => ({ label: each.name, note: "Regimen", names: [each.name], drugs: each.drugs.map((id) => named.get(id)) })),
    ...drugs.map((drug) => ({
      label: drug.name,
      note: [drug.brands.join(", "), drug.group].filter(Boolean).join(" · "),
      names: [drug.name, ...drug.brands],
      drugs: [drug],
    })),
  ].map((each) => ({ ...each, names: each.names.map((name) => name.toLowerCase()) }));
  const fuse = new Fuse(all, NEAR);
  return (text) => {
    const wanted = text.toLowerCase();
    const starts = all.filter((each) => each.names.some((name) => name.startsWith(wanted)));
    const holds = all.filter((each) => !starts.includes(each) && each.names.some((name) => name.includes(wanted)));
    const written = { label: `“${text}”`, note: "Order as written", drugs: [{ name: text, coding: [] }] };
    const same = starts.filter((each) => each.names.includes(wanted)); // a drug that is named in full is meant, not a regimen with it
    const found = [...new Set([...same, ...starts, ...holds])].slice(0, 7);
    const near = found.length || text.length > LONGEST ? [] : fuse.search(wanted, { limit: MOST_NEAR }).map(({ item }) => ({ ...item, note: `Did you mean this? ${item.note}`, near: true }));
    return [...found, ...(text && !same.length ? [written] : []), ...near];
  };
}

export class DraftOrders {
  constructor(patient, encounter, user) {
    this.resources = [];
    this.patient = patient;
    this.encounter = encounter;
    this.user = user;
  }

  /** Add a draft for each drug; return the references of the new ones. */
  add(drugs) {
    const added = drugs.map((drug) => ({
      resourceType: "MedicationRequest",
      id: newId(),
      status: "draft",
      intent: "order",
      medicationCodeableConcept: { ...(drug.coding?.length && { coding: drug.coding }), text: drug.name },
      subject: { reference: `Patient/${this.patient}` },
      ...(this.encounter && { encounter: { reference: `Encounter/${this.encounter}` } }),
      authoredOn: new Date().toISOString().slice(0, 10),
      requester: { reference: this.user },
    }));
    this.resources.push(...added);
    return added.map(referenceOf);
  }

  remove(reference) {
    this.resources = this.resources.filter((each) => referenceOf(each) !== reference);
  }

  /** Do what a suggestion says; return the references of what it created or changed. */
  apply(actions) {
    const changed = [];
    for (const action of actions ?? []) {
      if (action.type === "delete") [action.resourceId].flat().forEach((reference) => this.remove(reference));
      if (!action.resource) continue;
      const resource = { ...action.resource, id: action.resource.id ?? newId() };
      if (action.type === "update") this.remove(referenceOf(resource));
      if (action.type === "create" || action.type === "update") {
        this.resources.push(resource);
        changed.push(referenceOf(resource));
      }
    }
    return changed;
  }

  get references() {
    return this.resources.map(referenceOf);
  }

  get bundle() {
    return { resourceType: "Bundle", type: "collection", entry: this.resources.map((resource) => ({ resource })) };
  }
}

export const referenceOf = (resource) => `${resource.resourceType}/${resource.id}`;

/** Return an order in words: what it is, and how it is to be taken, if that is said. */
export function orderInWords(resource) {
  const what = words(resource.medicationCodeableConcept) || words(resource.code) || resource.medicationReference?.display || resource.resourceType;
  return [what, (resource.dosageInstruction ?? []).map((each) => each.text).filter(Boolean).join("; ")];
}
