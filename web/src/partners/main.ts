/** Media partners and their keys. */
import "../style/page.css";
import "../style/console.css";
import type { NewPartnerKey } from "../api/types";
import { deleteAt, patchJson, postJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, setText } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { manageSites } from "./sites";

const PARTNERS = "/api/v1/partners";

function addPartners(): void {
  const form = byId("new-partner", HTMLFormElement);
  onSubmit(form, async (fields) => {
    await postJson(PARTNERS, {
      name: field(fields, "name"),
      contact: field(fields, "contact"),
      court: field(fields, "court") || null,
    });
    location.reload();
  });
}

/** The new key is shown once, at the top, and nowhere kept. */
function showKey(key: string): void {
  const box = byId("new-key", HTMLElement);
  box.hidden = false;
  setText(byId("new-key-text", HTMLElement), key);
  box.scrollIntoView({ block: "center" });
  byId("new-key-copy", HTMLButtonElement).focus();
}

function copyKeys(): void {
  const button = byId("new-key-copy", HTMLButtonElement);
  button.addEventListener("click", () => {
    const key = byId("new-key-text", HTMLElement).textContent;
    void navigator.clipboard.writeText(key).then(() => {
      setText(byId("new-key-outcome", HTMLElement), text("copied"));
    });
  });
}

function makeKeys(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-new-key]")) {
    onSubmit(form, async (fields) => {
      const address = `${PARTNERS}/${form.dataset["newKey"] ?? ""}/keys`;
      const made = await postJson<NewPartnerKey>(address, { label: field(fields, "label") });
      showKey(made.key);
      form.reset();
      new Outcome(form).say("");
    });
  }
}

function acceptTerms(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-accept]")) {
    const outcome = new Outcome(byId("partners", HTMLElement));
    button.addEventListener("click", () => {
      const terms = { terms_version: button.dataset["terms"] };
      patchJson(button.dataset["accept"] ?? "", terms).then(
        () => {
          button.closest(".notice")?.remove();
          outcome.say(text("accepted"), "good");
        },
        (error: unknown) => {
          outcome.fail(error);
        },
      );
    });
  }
}

function revokeKeys(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-revoke]")) {
    const outcome = new Outcome(byId("partners", HTMLElement));
    confirmTwice(button, button, text("revokeConfirm"), () => {
      void deleteAt(button.dataset["revoke"] ?? "")
        .then(() => {
          const row = button.closest<HTMLElement>("[data-key]");
          if (row !== null) row.dataset["revoked"] = "true";
          button.replaceWith(button.dataset["revokedLabel"] ?? "");
          outcome.say(text("revoked"), "good");
        })
        .catch((error: unknown) => {
          outcome.fail(error);
        });
    });
  }
}

addPartners();
copyKeys();
makeKeys();
acceptTerms();
revokeKeys();
manageSites();
