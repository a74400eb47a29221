/** What a withdrawal is ordered with, from its form. [pure] */
import { field } from "../page/forms";
import { localMs } from "../page/time";

export interface Order {
  readonly kind: string;
  readonly reason: string;
  readonly note: string;
  readonly since?: string;
  readonly until?: string;
  readonly target?: string;
  readonly mark?: string;
}

/** Fields that are not asked for are not in `fields`; times are those of the court's zone. */
export function orderOf(fields: FormData, zone: string): Order {
  const instant = (name: string): string => {
    const ms = localMs(field(fields, name), zone);
    return Number.isNaN(ms) ? "" : new Date(ms).toISOString();
  };
  return {
    kind: field(fields, "kind"),
    reason: field(fields, "reason"),
    note: field(fields, "note"),
    ...(fields.has("since") ? { since: instant("since"), until: instant("until") } : {}),
    ...(fields.has("target") ? { target: field(fields, "target") } : {}),
    ...(fields.has("mark") ? { mark: field(fields, "mark") } : {}),
  };
}
