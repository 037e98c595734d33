// SMART App Launch 2, first half: from the EHR, or standalone, to its authorization server. PKCE and state are oauth4webapi's.

import { byId, fill, h } from "/assets/dom.js";
import { readConfig, remember } from "/assets/smart-session.js";
import { startTheme } from "/assets/theme.js";
import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from "/assets/vendor/oauth4webapi.js";

const say = (text) => {
  byId("status").textContent = text;
};

/** Return the base URL of a FHIR server in one spelling; null if it is none. */
function baseOf(text) {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const plain = /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password;
  return plain ? url.origin + url.pathname.replace(/\/+$/, "") : null;
}

/** Return the client id under which a server knows this app; raise if it may not launch it. */
function clientAt(iss, config) {
  const listed = config.servers.find((each) => baseOf(each.iss) === iss);
  const clientId = listed?.clientId ?? config.anyServer;
  if (iss && clientId) return clientId;
  throw new Error("this FHIR server may not launch the app. Who runs the service lists the servers that may.");
}

/** Return what a server says of its authorization; raise if an app with PKCE cannot use it. */
async function discover(iss) {
  const response = await fetch(`${iss}/.well-known/smart-configuration`, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!response.ok) throw new Error(`its SMART configuration answered HTTP ${response.status}`);
  const found = await response.json();
  for (const name of ["authorization_endpoint", "token_endpoint"]) checkEndpoint(found[name], name, iss);
  if (found.code_challenge_methods_supported?.includes("S256") === false) throw new Error("it does not support PKCE with S256");
  return found;
}

/** Raise unless an endpoint is a URL on the web, and as safe as the server's own. */
function checkEndpoint(url, name, iss) {
  const scheme = URL.canParse(url) ? new URL(url).protocol : "";
  if (scheme !== "https:" && !(scheme === "http:" && iss.startsWith("http:"))) throw new Error(`its ${name} is no https URL`);
}

/** Return the scopes: to read what the evidence is made of, and no more. */
function scopesOf(config, found, launch) {
  const first = found.capabilities?.includes("permission-v1") && !found.capabilities.includes("permission-v2");
  const reads = config.resourceTypes.map((type) => `patient/${type}.${first ? "read" : "rs"}`);
  return [launch ? "launch" : "launch/patient", ...reads].join(" ");
}

async function start(iss, launch, config) {
  say("Asking the FHIR server where to sign in …");
  const base = baseOf(iss);
  const clientId = clientAt(base, config);
  const found = await discover(base);
  const [state, verifier] = [generateRandomState(), generateRandomCodeVerifier()];
  remember(state, {
    iss: base,
    issuer: found.issuer ?? base,
    authorizationEndpoint: found.authorization_endpoint,
    tokenEndpoint: found.token_endpoint,
    clientId,
    verifier,
  });
  const url = new URL(found.authorization_endpoint);
  const asked = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: config.redirectUri,
    scope: scopesOf(config, found, launch),
    state,
    aud: iss, // as the EHR spells it
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...(launch && { launch }),
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  location.replace(url);
}

function offer(config) {
  const known = [...config.servers.map((each) => each.iss), config.demoServer].filter(Boolean);
  fill(byId("servers"), known.map((each) => h("option", { value: each })));
  const form = byId("server-form");
  form.elements.iss.value = known[0] ?? "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => start(form.elements.iss.value.trim(), null, config));
  });
  byId("standalone").hidden = false;
}

async function attempt(what) {
  try {
    await what();
  } catch (error) {
    say(`The app was not launched: ${error.message}`);
  }
}

startTheme();
attempt(async () => {
  const config = await readConfig();
  const home = new URL(config.redirectUri).origin;
  if (home !== location.origin) {
    location.replace(`${home}/smart/launch${location.search}`); // what this tab remembers must be there when it comes back
    return;
  }
  if (!isSecureContext) throw new Error("browsers sign requests only on pages that came over https.");
  const asked = new URLSearchParams(location.search);
  if (asked.has("iss")) await start(asked.get("iss"), asked.get("launch"), config);
  else offer(config);
});
