/** What an incident form tells, as it is sent. */
import { isSameLocal, localMs } from "../page/time";

export interface Account {
  readonly kind: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly what: string;
  readonly decided: string;
  readonly measures: string;
}

/**
 * The instant of a time field. One that was left as it was offered is sent as exactly as it was
 * known, with its fraction of a second.
 */
export function instantOf(input: HTMLInputElement, zone: string): string | null {
  const { exact = "" } = input.dataset;
  if (exact !== "" && isSameLocal(input.value, input.defaultValue)) return exact;
  const ms = localMs(input.value, zone);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

export function accountOf(
  form: HTMLFormElement,
  field: (name: string) => string,
  zone: string,
): Account {
  const time = (name: string): string | null => {
    const input = form.elements.namedItem(name);
    return input instanceof HTMLInputElement ? instantOf(input, zone) : null;
  };
  return {
    kind: field("kind"),
    since: time("since"),
    until: time("until"),
    what: field("what"),
    decided: field("decided"),
    measures: field("measures"),
  };
}
