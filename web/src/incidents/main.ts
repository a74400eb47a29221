/** Incident forms: written, changed, signed, printed. */
import "../style/page.css";
import "../style/console.css";
import "../style/record.css";
import { postJson, putJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, maybeById } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { offerPrint } from "../page/print";
import { courtTimeZone } from "../page/time";
import { accountOf } from "./account";

function write(page: HTMLElement): void {
  for (const form of page.querySelectorAll<HTMLFormElement>("form[data-source]")) {
    onSubmit(form, async (fields) => {
      const source = form.dataset["source"] ?? "";
      const account = accountOf(form, (name) => field(fields, name), courtTimeZone());
      const made = await postJson<{ id: string }>(page.dataset["address"] ?? "", {
        ...account,
        source,
      });
      location.assign(`/console/incidents/${made.id}`);
    });
  }
}

function change(address: string): void {
  const form = maybeById("change", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    await putJson(address, accountOf(form, (name) => field(fields, name), courtTimeZone()));
    location.reload();
  });
}

function sign(address: string): void {
  const form = maybeById("sign", HTMLFormElement);
  if (form === null) return;
  const outcome = new Outcome(form);
  const label = byId("sign-label", HTMLElement);
  confirmTwice(byId("sign-give", HTMLButtonElement), label, text("signConfirm"), () => {
    postJson(`${address}/signature`, { written_at: form.dataset["writtenAt"] }).then(
      () => {
        location.reload();
      },
      (error: unknown) => {
        outcome.fail(error);
      },
    );
  });
}

const list = maybeById("incidents", HTMLElement);
if (list !== null) write(list);
const one = maybeById("incident", HTMLElement);
if (one !== null) {
  const address = one.dataset["address"] ?? "";
  change(address);
  sign(address);
  offerPrint();
}
