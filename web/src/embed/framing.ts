/** Which sites this frame stands in, and whether it may stay there. */

/** An event of `/broadcasts/{id}/frame/events`: the origins that may frame it, at first and when they change. */
export interface SitesEvent {
  readonly sites: readonly string[];
}

/** The origins of the pages around this one, as far as the browser tells; null where it does not. */
export function framers(of: Window = window): readonly string[] | null {
  if (of.parent === of) return [];
  const known = (of.location as { ancestorOrigins?: ArrayLike<string> }).ancestorOrigins;
  if (known !== undefined) return Array.from(known);
  // Firefox names none: the page around it may say so itself, and is the only one as a rule.
  const { referrer } = of.document;
  return referrer === "" ? null : [new URL(referrer).origin];
}

/** Tells when this frame must be judged anew by the browser, as the sites that may frame it change. */
export class Framing {
  readonly #framers: readonly string[] | null;
  #before: readonly string[];

  /** `atFirst`: the sites that the browser let frame it, which may be others by the first event. */
  constructor(around: readonly string[] | null, atFirst: readonly string[]) {
    this.#framers = around;
    this.#before = atFirst;
  }

  /** Whether the frame must go, now that these sites may frame it. */
  mustGo(sites: readonly string[]): boolean {
    const before = this.#before;
    this.#before = sites;
    if (this.#framers !== null) return !this.#framers.every((one) => sites.includes(one));
    return !before.every((one) => sites.includes(one));
  }
}
