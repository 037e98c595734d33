// A CDS service as its clients see it: discovery, hooks, feedback. Nothing here knows which service it is.

/** Return the services that a base URL lists. */
export async function discover(base) {
  const response = await fetch(`${base}/cds-services`, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`discovery answered HTTP ${response.status}`);
  return (await response.json()).services ?? [];
}

/** Call a hook; return what was sent, what came, and how long it took. A refusal is an answer, too; one without cards is none. */
export async function call(base, id, request) {
  const answer = await post(`${base}/cds-services/${encodeURIComponent(id)}`, request);
  return answer.ok && !Array.isArray(answer.received?.cards) ? { ...answer, ok: false, problem: "What came is no CDS Hooks response: it has no list of cards." } : answer;
}

/** Tell a service what became of a card. */
export async function sendFeedback(base, id, feedback) {
  return post(`${base}/cds-services/${encodeURIComponent(id)}/feedback`, { feedback: [feedback] });
}

async function post(url, sent) {
  const started = performance.now();
  const done = (more) => ({ url, sent, milliseconds: performance.now() - started, ...more });
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(sent),
    });
    const text = await response.text();
    return done({ status: response.status, ok: response.ok, received: parsed(text) ?? text });
  } catch (error) {
    return done({ status: 0, ok: false, received: `No answer: ${error.message}` });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Return what a refusal says, in the words of its OperationOutcome. */
export function problemOf(answer) {
  if (answer.problem) return answer.problem;
  const issues = answer.received?.issue;
  if (!Array.isArray(issues)) return typeof answer.received === "string" ? answer.received : "no reason was given";
  return issues.map(reasonOf).join(" ");
}

/** Return what an issue of an OperationOutcome says: what is wrong, and what was got, expected, and is to be done. */
export function reasonOf(issue) {
  const text = issue.details?.text ?? "";
  const parts = [text && (/[.!?:]$/.test(text) ? text : `${text}.`), issue.diagnostics];
  return parts.filter(Boolean).join(" ") || issue.code;
}
