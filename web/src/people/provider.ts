/** Whose account at the provider of identities signs in whom here. */
import { deleteAt, putJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { field, onSubmit, Outcome } from "../page/forms";

export function connectProviders(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-provider]")) {
    onSubmit(form, async (fields) => {
      const subject = field(fields, "subject") || null;
      await putJson(form.dataset["provider"] ?? "", { subject });
      location.reload();
    });
    const button = form.querySelector<HTMLButtonElement>("button[data-disconnect]");
    if (button !== null) disconnecting(button, form);
  }
}

function disconnecting(button: HTMLButtonElement, form: HTMLFormElement): void {
  confirmTwice(button, button, text("endSessionConfirm"), () => {
    deleteAt(button.dataset["disconnect"] ?? "").then(
      () => {
        location.reload();
      },
      (error: unknown) => {
        new Outcome(form).fail(error);
      },
    );
  });
}
