// A FHIR R4 server, read as an EHR reads its own.

const MOST_PAGES = 20;

/** An answer that is no success; `outcome` is the OperationOutcome that came with it, if one did. */
export class FhirError extends Error {
  constructor(status, outcome) {
    const told = outcome?.issue?.map((issue) => issue.details?.text ?? issue.diagnostics ?? issue.code).join("; ");
    super(`FHIR server: HTTP ${status}${told ? `: ${told}` : ""}`);
    this.status = status;
    this.outcome = outcome;
  }
}

export class FhirServer {
  #headers;

  /** `token`: an access token; it stays here and goes to this server alone. */
  constructor(base, token = null) {
    this.base = base.replace(/\/+$/, "");
    this.#headers = { Accept: "application/fhir+json", ...(token && { Authorization: `Bearer ${token}` }) };
  }

  /** Return what a query brings: a resource, or one Bundle of every page of a search. */
  async query(query) {
    const first = await this.#get(`${this.base}/${query}`);
    if (first.resourceType !== "Bundle") return first;
    const bundle = { ...first, entry: [...(first.entry ?? [])] };
    let next = nextOf(first);
    for (let page = 1; next && this.#isOwn(next) && page < MOST_PAGES; page += 1) {
      const more = await this.#get(next);
      bundle.entry.push(...(more.entry ?? []));
      next = nextOf(more);
    }
    // All pages are in: only what could not be read is still said to follow.
    bundle.link = (bundle.link ?? []).filter((link) => link.relation !== "next" || next);
    if (!bundle.entry.length) delete bundle.entry;
    return bundle;
  }

  /** Return the resources that a search finds. */
  async search(query) {
    return ((await this.query(query)).entry ?? []).map((entry) => entry.resource).filter(Boolean);
  }

  /** Tell whether a link stays on this server: what a server links to is not trusted with its token. */
  #isOwn(link) {
    const [url, base] = [new URL(link, `${this.base}/`), new URL(this.base)];
    return url.origin === base.origin && (url.pathname === base.pathname || url.pathname.startsWith(`${base.pathname.replace(/\/$/, "")}/`));
  }

  async #get(url) {
    const response = await fetch(new URL(url, `${this.base}/`), { headers: this.#headers, redirect: "error" });
    const body = await response.json().catch(() => null);
    if (!response.ok || body === null) throw new FhirError(response.status, body);
    return body;
  }
}

function nextOf(bundle) {
  return bundle.link?.find((link) => link.relation === "next")?.url;
}

/** Return the words of a CodeableConcept. */
export function words(concept) {
  return concept?.text ?? concept?.coding?.find((coding) => coding.display)?.display ?? concept?.coding?.[0]?.code ?? "";
}
