/** Complaints: the public's form, and the court's answers. */
import "../style/page.css";
import "../style/console.css";
import "../style/record.css";
import { postJson } from "../api/client";
import { text } from "../language/texts";
import { maybeById } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { courtTimeZone, localMs, msOf, stampText } from "../page/time";

function complain(form: HTMLFormElement): void {
  const zone = courtTimeZone();
  onSubmit(form, async (fields) => {
    const ms = localMs(field(fields, "moment"), zone);
    const receipt = await postJson<{ due_at: string }>(form.dataset["address"] ?? "", {
      text: field(fields, "text"),
      contact: field(fields, "contact"),
      moment: Number.isNaN(ms) ? null : new Date(ms).toISOString(),
    });
    form.reset();
    const at = stampText(msOf(receipt.due_at), zone);
    new Outcome(form).say(text("complaintTaken", { at }), "good");
  });
}

const form = maybeById("complain", HTMLFormElement);
if (form !== null) complain(form);
for (const one of document.querySelectorAll<HTMLFormElement>("form[data-close]")) {
  onSubmit(one, async (fields) => {
    const body = { outcome: field(fields, "outcome"), remark: field(fields, "remark") };
    await postJson(one.dataset["close"] ?? "", body);
    location.reload();
  });
}
