/** Pilots of courts without a policy: ordered, given another end, ended. */
import { postJson } from "../api/client";
import { field, onSubmit } from "../page/forms";

/** Send the forms of pilots in this page; `done` is called after each that was taken. */
export function sendPilots(page: ParentNode, done: () => void): void {
  for (const form of page.querySelectorAll<HTMLFormElement>("form[data-pilot]")) {
    onSubmit(form, async (fields) => {
      await postJson(form.dataset["pilot"] ?? "", pilotOf(fields));
      done();
    });
  }
}

/** What is sent: a pilot that ends now has no last day. */
export function pilotOf(fields: FormData): Record<string, string> {
  const reason = field(fields, "reason");
  const day = field(fields, "last_day");
  return day === "" ? { reason } : { last_day: day, reason };
}
