/** Applications for broadcasts: written, submitted, signed, taken back, printed. */
import "../style/page.css";
import "../style/console.css";
import "../style/record.css";
import { postForm, postJson, putJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, maybeById } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { offerPrint } from "../page/print";
import { formOf } from "./form";

interface Shown {
  readonly id: string;
  readonly version: number;
}

function reload(): void {
  location.reload();
}

function begin(form: HTMLFormElement): void {
  onSubmit(form, async () => {
    const made = await postJson<Shown>(form.dataset["address"] ?? "", formOf(form));
    location.assign(`/console/applications/${made.id}`);
  });
}

function change(form: HTMLFormElement, address: string, version: number): void {
  const outcome = new Outcome(form);
  const save = (): Promise<Shown> => putJson<Shown>(address, { ...formOf(form), version });
  onSubmit(form, async () => {
    await save();
    reload();
  });
  byId("submit", HTMLButtonElement).addEventListener("click", () => {
    save()
      .then((saved) => postJson(`${address}/submit`, { version: saved.version }))
      .then(reload, (error: unknown) => {
        outcome.fail(error);
      });
  });
}

function explain(form: HTMLFormElement, address: string, version: number): void {
  onSubmit(form, async () => {
    const reasons: Record<string, string> = {};
    for (const area of form.querySelectorAll<HTMLTextAreaElement>("[data-why]")) {
      const { why = "" } = area.dataset;
      if (area.value.trim() !== "") reasons[why] = area.value.trim();
    }
    await putJson(`${address}/reasons`, { version, reasons });
    reload();
  });
}

function sign(form: HTMLFormElement, address: string, digest: string): void {
  const outcome = new Outcome(form);
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-decision]")) {
    confirmTwice(button, button, text("signConfirm"), () => {
      const opinion = byId("opinion", HTMLTextAreaElement).value.trim();
      const decision = button.dataset["decision"];
      postJson(`${address}/signature`, { digest, decision, opinion }).then(
        reload,
        (error: unknown) => {
          outcome.fail(error);
        },
      );
    });
  }
}

function attach(form: HTMLFormElement, address: string): void {
  onSubmit(form, async (fields) => {
    await postForm(`${address}/attachments`, fields);
    reload();
  });
}

function withdraw(form: HTMLFormElement, address: string): void {
  const outcome = new Outcome(form);
  const label = byId("withdraw-label", HTMLElement);
  const button = byId("withdraw-give", HTMLButtonElement);
  confirmTwice(button, label, text("withdrawConfirm"), () => {
    postJson(`${address}/withdraw`).then(reload, (error: unknown) => {
      outcome.fail(error);
    });
  });
}

function choosePolicy(form: HTMLFormElement): void {
  onSubmit(form, async (fields) => {
    const delay = field(fields, "delay");
    await putJson(form.dataset["policy"] ?? "", {
      policy: field(fields, "policy"),
      delay_s: delay === "" ? null : Number(delay),
    });
    reload();
  });
}

function confirm(form: HTMLFormElement, address: string): void {
  const { condition: code } = form.dataset;
  const send = (fields: FormData, override: boolean): Promise<unknown> =>
    postJson(address, { code, override, reason: field(fields, "reason") });
  onSubmit(form, async (fields) => {
    await send(fields, false);
    reload();
  });
  form.querySelector("[data-override]")?.addEventListener("click", () => {
    send(new FormData(form), true).then(reload, (error: unknown) => {
      new Outcome(form).fail(error);
    });
  });
}

const one = maybeById("application", HTMLElement);
if (one !== null) {
  const { address = "", version = "", digest = "" } = one.dataset;
  const form = (id: string): HTMLFormElement | null => maybeById(id, HTMLFormElement);
  const [changing, explaining, attaching, signing, withdrawing] = [
    form("change"),
    form("reasons"),
    form("attach"),
    form("sign"),
    form("withdraw"),
  ];
  if (changing) change(changing, address, Number(version));
  if (explaining) explain(explaining, address, Number(version));
  if (attaching) attach(attaching, address);
  if (signing) sign(signing, address, digest);
  if (withdrawing) withdraw(withdrawing, address);
}
const beginning = maybeById("new-application", HTMLFormElement);
if (beginning !== null) begin(beginning);
const readiness = maybeById("readiness", HTMLElement);
if (readiness !== null) {
  for (const form of readiness.querySelectorAll<HTMLFormElement>("form[data-condition]")) {
    confirm(form, readiness.dataset["address"] ?? "");
  }
}
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-policy]")) {
  choosePolicy(form);
}
offerPrint();
