// Prefetch as an EHR does it: the templates of discovery, their tokens filled from the context (CDS Hooks 2.0.1).

const TOKEN = /\{\{\s*([^{}]+?)\s*\}\}/g;
const USER = /^user(Practitioner|PractitionerRole|Patient|RelatedPerson)Id$/;

/** Return the query of a template; null if the context has no value for one of its tokens. */
export function queryOf(template, context) {
  let whole = true;
  const query = template.replace(TOKEN, (_, token) => {
    const value = valueOf(token, context);
    if (value === null) whole = false;
    return value ?? "";
  });
  return whole ? query : null;
}

function valueOf(token, context) {
  const user = USER.exec(token);
  if (user) return context.userId?.startsWith(`${user[1]}/`) ? context.userId.split("/")[1] : null;
  const [root, field, type, element] = token.split(".");
  if (root !== "context") return null;
  if (type === undefined) return typeof context[field] === "string" ? context[field] : null;
  if (element !== "id") return null;
  const resources = (context[field]?.entry ?? []).map((entry) => entry.resource).filter((each) => each?.resourceType === type);
  return resources.length ? resources.map((each) => each.id).join(",") : null;
}

/** Return the prefetch of a service, and what became of each key: what could not be had is left out, and said; `failures` has why. */
export async function prefetch(templates, context, server) {
  const answers = {};
  const told = [];
  const failures = {};
  await Promise.all(
    Object.entries(templates ?? {}).map(async ([key, template]) => {
      const query = queryOf(template, context);
      if (query === null) {
        told.push({ key, state: "left out: the context has no value for it" });
        return;
      }
      try {
        const found = await server.query(query);
        answers[key] = found;
        told.push({ key, query, state: found.resourceType === "Bundle" ? `${found.entry?.length ?? 0} resources` : "1 resource" });
      } catch (error) {
        if (error.outcome?.resourceType === "OperationOutcome") answers[key] = error.outcome;
        failures[key] = error;
        told.push({ key, query, state: error.message });
      }
    }),
  );
  told.sort((a, b) => a.key.localeCompare(b.key));
  return { answers, told, failures };
}
