// What a launch must remember until the authorization server sends the browser back: no token, nothing of a patient.

const KEY = "ros1-cds-smart-";

/** Return what the service tells the app: who may launch it, what to ask for. */
export async function readConfig() {
  const response = await fetch("/smart/config.json");
  if (!response.ok) throw new Error(`this service answered HTTP ${response.status}`);
  return response.json();
}

/** Remember a launch in this tab under its state. */
export function remember(state, launch) {
  sessionStorage.setItem(KEY + state, JSON.stringify(launch));
}

/** Return the launch of a state, once; null if this tab began none. */
export function recall(state) {
  const text = sessionStorage.getItem(KEY + state);
  sessionStorage.removeItem(KEY + state);
  return text && JSON.parse(text);
}

/** Return the endpoints, the client and its authentication as oauth4webapi wants them. */
export const authorizationOf = ({ issuer, authorizationEndpoint, tokenEndpoint, clientId }) => [
  { issuer, authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint },
  { client_id: clientId },
];
