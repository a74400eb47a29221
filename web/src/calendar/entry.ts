/** A hearing entered by hand. [pure but for reading the form] */
import { field } from "../page/forms";
import { localMs } from "../page/time";

export interface NewHearing {
  readonly courtroom: string;
  readonly scheduled_at: string;
  readonly case_number: string;
  readonly nature: string;
  readonly cause: string;
  readonly title: string;
  readonly title_en: string;
  readonly judge: string | null;
  readonly division: string | null;
  readonly state_secret: boolean;
}

/** The hearing as it is sent; the time is the court's own, wherever the reader sits. */
export function hearingOf(fields: FormData, zone: string): NewHearing {
  return {
    courtroom: field(fields, "courtroom"),
    scheduled_at: momentOf(field(fields, "scheduled_at"), zone),
    case_number: field(fields, "case_number"),
    nature: field(fields, "nature"),
    cause: field(fields, "cause"),
    title: field(fields, "title"),
    title_en: field(fields, "title_en"),
    judge: field(fields, "judge") || null,
    division: field(fields, "division") || null,
    state_secret: fields.get("state_secret") !== null,
  };
}

/** A local time of a form (`2026-11-23T09:00`) as an ISO time with its zone; "" if it is none. */
export function momentOf(local: string, zone: string): string {
  const ms = localMs(local, zone);
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString();
}
