/** The sites on which partners may embed: added and taken off the list. */
import { deleteAt, postJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { field, onSubmit, Outcome } from "../page/forms";

export function manageSites(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-sites]")) {
    const form = place.querySelector("form");
    if (form === null) continue;
    onSubmit(form, async (fields) => {
      await postJson(place.dataset["sites"] ?? "", { origin: field(fields, "origin") });
      location.reload();
    });
    const outcome = new Outcome(form);
    for (const button of place.querySelectorAll<HTMLButtonElement>("button[data-remove]")) {
      confirmTwice(button, button, text("siteConfirm"), () => {
        void deleteAt(button.dataset["remove"] ?? "")
          .then(() => {
            button.closest("li")?.remove();
          })
          .catch((error: unknown) => {
            outcome.fail(error);
          });
      });
    }
  }
}
