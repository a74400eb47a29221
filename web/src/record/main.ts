/** Records: the sheet of one, its check, copies of a range; and how long a court keeps them. */
import "../style/page.css";
import "../style/console.css";
import "../style/record.css";
import { putJson } from "../api/client";
import { text } from "../language/texts";
import { maybeById } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { offerPrint } from "../page/print";
import { followChecks } from "./check";
import { makeCopies } from "./copies";

function keepFor(form: HTMLFormElement): void {
  onSubmit(form, async (fields) => {
    const days = field(fields, "days");
    await putJson(form.dataset["retention"] ?? "", { days: days === "" ? null : Number(days) });
    new Outcome(form).say(text("saved"), "good");
  });
}

const record = maybeById("record", HTMLElement);
if (record !== null) {
  const api = `/api/v1/broadcasts/${record.dataset["broadcast"] ?? ""}`;
  const names = JSON.parse(record.dataset["names"] ?? "{}") as Readonly<Record<string, string>>;
  if (maybeById("check-panel", HTMLElement) !== null) {
    followChecks(`${api}/record/check`, names, record.dataset["checked"] === "true");
  }
  if (maybeById("export", HTMLFormElement) !== null) {
    makeCopies(`${api}/exports`, names, record.dataset["mayClosed"] === "true");
  }
}
offerPrint();
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-retention]")) keepFor(form);
