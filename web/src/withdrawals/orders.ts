/** The withdrawals of one broadcast: ordered, and given back. */
import { postJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, maybeById } from "../page/dom";
import { Outcome } from "../page/forms";
import { courtTimeZone } from "../page/time";
import { orderOf } from "./order";

/** Show the fields of the chosen kind only; what is hidden is not asked for. */
function followKind(form: HTMLFormElement, kind: HTMLSelectElement): void {
  const follow = (): void => {
    for (const part of form.querySelectorAll<HTMLFieldSetElement>("fieldset[data-of]")) {
      const belongs = part.dataset["of"] === kind.value;
      part.hidden = !belongs;
      part.disabled = !belongs;
    }
  };
  kind.addEventListener("change", follow);
  follow();
}

/** A name goes from texts only: from there it is one step to the stretch that shows or says it. */
function offerStretch(page: HTMLElement, kind: HTMLSelectElement): void {
  for (const button of page.querySelectorAll<HTMLButtonElement>("button[data-kind]"))
    button.addEventListener("click", () => {
      kind.value = button.dataset["kind"] ?? "";
      kind.dispatchEvent(new Event("change"));
      byId("since", HTMLInputElement).focus();
    });
}

function order(page: HTMLElement, form: HTMLFormElement): void {
  const kind = byId("kind", HTMLSelectElement);
  followKind(form, kind);
  offerStretch(page, kind);
  const outcome = new Outcome(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
  });
  const button = byId("withdraw", HTMLButtonElement);
  confirmTwice(button, byId("withdraw-label", HTMLElement), text("takeDownConfirm"), () => {
    if (!form.reportValidity()) return;
    postJson(page.dataset["address"] ?? "", orderOf(new FormData(form), courtTimeZone())).then(
      () => {
        location.reload();
      },
      (error: unknown) => {
        outcome.fail(error);
      },
    );
  });
}

function restoring(item: HTMLElement): void {
  const button = item.querySelector<HTMLButtonElement>("button[data-restore]");
  const label = button?.querySelector<HTMLElement>("span");
  if (button === null || label === undefined || label === null) return;
  const outcome = new Outcome(item);
  confirmTwice(button, label, text("restoreConfirm"), () => {
    const note = item.querySelector<HTMLInputElement>("input[name=note]")?.value ?? "";
    postJson(`/api/v1/withdrawals/${item.dataset["withdrawal"] ?? ""}/restore`, { note }).then(
      () => {
        location.reload();
      },
      (error: unknown) => {
        outcome.fail(error);
      },
    );
  });
}

export function startOrders(page: HTMLElement): void {
  const form = maybeById("withdraw-form", HTMLFormElement);
  if (form !== null) order(page, form);
  for (const item of page.querySelectorAll<HTMLElement>("[data-withdrawal]")) restoring(item);
}
