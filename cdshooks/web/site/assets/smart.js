// SMART App Launch 2, second half: the code becomes a token, the record is read with it, the service says what it holds.
// The token lives in this page's memory and goes to the FHIR server alone.

import { byId, fill, h, newId } from "/assets/dom.js";
import { evidence } from "/assets/evidence.js";
import { FhirServer } from "/assets/fhir.js";
import { prefetch } from "/assets/prefetch.js";
import { authorizationOf, readConfig, recall } from "/assets/smart-session.js";
import { startTheme } from "/assets/theme.js";
import { dayOf } from "/assets/timeline.js";
import * as oauth from "/assets/vendor/oauth4webapi.js";

const ID = /^[A-Za-z0-9._~-]{1,128}$/; // FHIR's, and what servers make of it; nothing that means something in a query
const MOST_DRUGS = 50; // Medication resources that are read one by one
const REFUSED = new Set([400, 403, 404, 405, 410, 501]); // the server has no such data for us, and says so

const say = (text) => {
  byId("status").textContent = text;
};

/** Return the launch that this answer belongs to, and what the token endpoint granted for it. */
async function grant(config) {
  const url = new URL(location.href);
  history.replaceState(null, "", location.pathname); // the code is used once, and stands nowhere
  const state = url.searchParams.get("state");
  const launch = state && recall(state);
  if (!launch) throw new Error("it was not begun in this tab, or is over. Open it again from the patient's record.");
  const [server, client] = authorizationOf(launch);
  const answer = oauth.validateAuthResponse(server, client, url, state);
  const options = { [oauth.allowInsecureRequests]: launch.tokenEndpoint.startsWith("http:") }; // checked at launch
  const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, config.redirectUri, launch.verifier, options);
  const granted = await oauth.processAuthorizationCodeResponse(server, client, response);
  if (!ID.test(granted.patient ?? "")) throw new Error("the authorization server named no patient.");
  return { iss: launch.iss, granted };
}

/** Return the record as patient-view would bring it; what could not be read is said as the server said it. */
async function recordOf(server, granted, templates) {
  const context = { userId: "Practitioner/unknown", patientId: granted.patient, ...(ID.test(granted.encounter ?? "") && { encounterId: granted.encounter }) };
  const { answers, failures } = await prefetch(templates, context, server);
  for (const [key, error] of Object.entries(failures)) answers[key] ??= outcomeOf(error);
  await addDrugs(answers, server);
  return { hook: "patient-view", hookInstance: newId(), context, prefetch: answers };
}

const outcomeOf = (error) => ({
  resourceType: "OperationOutcome",
  issue: [{ severity: "error", code: REFUSED.has(error.status) ? "not-supported" : "exception", diagnostics: error.message }],
});

/** Put the Medications that drugs are told by beside them. */
async function addDrugs(answers, server) {
  const bundles = Object.values(answers).filter((each) => each.resourceType === "Bundle");
  const drugs = bundles.flatMap((bundle) => (bundle.entry ?? []).map((entry) => entry.resource?.medicationReference?.reference));
  const names = [...new Set(drugs)].filter((each) => /^Medication\/[A-Za-z0-9.-]{1,64}$/.test(each ?? "")).slice(0, MOST_DRUGS);
  const read = await Promise.allSettled(names.map((name) => server.query(name)));
  const found = read.filter((each) => each.status === "fulfilled").map((each) => ({ resource: each.value, search: { mode: "include" } }));
  const bundle = answers.medications;
  if (found.length && bundle?.resourceType === "Bundle") bundle.entry = [...(bundle.entry ?? []), ...found];
}

async function tell(request) {
  const response = await fetch("/smart/evidence.json", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) });
  const told = await response.json();
  if (response.ok) return told;
  throw new Error((told.issue ?? []).map((issue) => issue.details?.text ?? issue.diagnostics).join(" ") || `the service answered HTTP ${response.status}`);
}

function banner(patient, id) {
  const name = patient?.name?.find((each) => each.use === "official") ?? patient?.name?.[0];
  const words = name ? (name.text ?? [...(name.given ?? []), name.family].filter(Boolean).join(" ")) : `Patient ${id}`;
  const more = [patient?.birthDate && `born ${dayOf(patient.birthDate)}`, patient?.gender, id].filter(Boolean);
  fill(byId("banner"), h("h1", {}, words), h("p", {}, more.join(" · ")));
  document.title = `${words} · ros1-cds`;
}

/** Return the id of the rule whose card opened the app, if one did. */
function ruleOf(appContext) {
  try {
    const { rule } = JSON.parse(appContext);
    return /^[a-z0-9-]{1,80}$/.test(rule) ? rule : null;
  } catch {
    return null;
  }
}

async function start() {
  startTheme();
  try {
    say("Signing in …");
    const config = await readConfig();
    const { iss, granted } = await grant(config);
    say("Reading the record …");
    const request = await recordOf(new FhirServer(iss, granted.access_token), granted, config.prefetch);
    if (granted.need_patient_banner !== false) banner(request.prefetch.patient, granted.patient);
    const told = await tell(request);
    fill(byId("evidence"), evidence(told, ruleOf(granted.appContext)));
    say("");
    byId("evidence").focus({ preventScroll: true });
  } catch (error) {
    const told = error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError;
    say(`The evidence cannot be shown: ${told ? [error.error, error.error_description].filter(Boolean).join(", ") : error.message}`);
  }
}

start();
