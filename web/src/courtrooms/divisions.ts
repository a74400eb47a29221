/** The trial divisions of courts: added, closed, opened again. */
import { deleteAt, postJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { field, onSubmit, Outcome } from "../page/forms";

export function setUpDivisions(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-new-division]")) {
    const path = form.dataset["newDivision"] ?? "";
    onSubmit(form, async (fields) => {
      await postJson(path, { name: field(fields, "name"), name_en: field(fields, "name_en") });
      location.reload();
    });
    const section = form.closest<HTMLElement>("[data-divisions]");
    if (section !== null) closeAndOpen(section, path);
  }
}

function closeAndOpen(section: HTMLElement, path: string): void {
  for (const row of section.querySelectorAll<HTMLElement>("[data-division]")) {
    const done = (work: Promise<unknown>): void => {
      work.then(
        () => {
          location.reload();
        },
        (error: unknown) => {
          new Outcome(row).fail(error);
        },
      );
    };
    const close = row.querySelector<HTMLButtonElement>("button[data-close]");
    if (close !== null)
      confirmTwice(close, close, text("closeDivisionConfirm"), () => {
        done(deleteAt(close.dataset["close"] ?? ""));
      });
    const open = row.querySelector<HTMLButtonElement>("button[data-open]");
    open?.addEventListener("click", () => {
      done(postJson(path, { name: open.dataset["name"] ?? "" }));
    });
  }
}
