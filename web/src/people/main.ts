/** The people who may sign in, for administrators. */
import "../style/page.css";
import "../style/console.css";
import type { NewInvitation } from "./types";
import { patchJson, postJson, putJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, setText } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { connectProviders } from "./provider";
import { changeRows, rolesOf } from "./roles";
import { showSignIns } from "./sign-ins";

const PEOPLE = "/api/v1/people";

/** The link is shown once, at the top, and nowhere kept; the list follows when it is noted. */
function showInvitation(given: NewInvitation): void {
  const box = byId("new-invitation", HTMLElement);
  box.hidden = false;
  setText(byId("new-invitation-name", HTMLElement), given.name);
  setText(byId("new-invitation-text", HTMLElement), given.invitation);
  setText(byId("new-invitation-outcome", HTMLElement), "");
  byId("people", HTMLElement).hidden = true;
  box.scrollIntoView({ block: "center" });
  byId("new-invitation-copy", HTMLButtonElement).focus();
}

function handOver(): void {
  // Browsers have a clipboard only where the connection is safe.
  const copy = byId("new-invitation-copy", HTMLButtonElement);
  copy.hidden = !window.isSecureContext;
  copy.addEventListener("click", () => {
    const link = byId("new-invitation-text", HTMLElement).textContent;
    void navigator.clipboard.writeText(link).then(() => {
      setText(byId("new-invitation-outcome", HTMLElement), text("copied"));
    });
  });
  byId("new-invitation-done", HTMLButtonElement).addEventListener("click", () => {
    location.reload();
  });
}

function addPeople(): void {
  const form = byId("new-person", HTMLFormElement);
  changeRows(form);
  onSubmit(form, async (fields) => {
    const person = {
      name: field(fields, "name"),
      display_name: field(fields, "display_name"),
      roles: rolesOf(form),
    };
    showInvitation(await postJson<NewInvitation>(PEOPLE, person));
    form.reset();
  });
}

function changePeople(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-change]")) {
    changeRows(form);
    onSubmit(form, async (fields) => {
      const change = { display_name: field(fields, "display_name"), roles: rolesOf(form) };
      await patchJson(form.dataset["change"] ?? "", change);
      location.reload();
    });
  }
}

/** What ends sessions must be pressed twice; coming back harms nobody. */
function act(): void {
  const outcome = new Outcome(byId("people", HTMLElement));
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-act]")) {
    const what = button.dataset["act"] ?? "";
    const send = (): void => {
      const answer = postJson<Partial<NewInvitation>>(`${button.dataset["address"] ?? ""}/${what}`);
      answer.then(
        (person) => {
          if (person.invitation === undefined) location.reload();
          else showInvitation({ name: person.name ?? "", invitation: person.invitation });
        },
        (error: unknown) => {
          outcome.fail(error);
        },
      );
    };
    if (what === "return") button.addEventListener("click", send);
    else {
      const question = what === "leave" ? "leaveConfirm" : "invitationConfirm";
      confirmTwice(button, button, text(question), send);
    }
  }
}

/** Which roles need a second factor: the rows are all of the rules. */
function ruleFactors(): void {
  const form = byId("factor-rules", HTMLFormElement);
  changeRows(form, 0);
  onSubmit(form, async () => {
    await putJson("/api/v1/second-factor-rules", { rules: rolesOf(form) });
    new Outcome(form).say(text("factorRulesSaved"), "good");
  });
}

handOver();
ruleFactors();
showSignIns();
connectProviders();
addPeople();
changePeople();
act();
