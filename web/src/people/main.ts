/** The people who may sign in, for administrators. */
import "../style/page.css";
import "../style/console.css";
import type { NewPassword } from "../api/types";
import { patchJson, postJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, setText } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { changeRows, rolesOf } from "./roles";

const PEOPLE = "/api/v1/people";

/** The password is shown once, at the top, and nowhere kept; the list follows when it is noted. */
function showPassword(given: NewPassword): void {
  const box = byId("new-password", HTMLElement);
  box.hidden = false;
  setText(byId("new-password-name", HTMLElement), given.name);
  setText(byId("new-password-text", HTMLElement), given.password);
  setText(byId("new-password-outcome", HTMLElement), "");
  byId("people", HTMLElement).hidden = true;
  box.scrollIntoView({ block: "center" });
  byId("new-password-copy", HTMLButtonElement).focus();
}

function handOver(): void {
  // Browsers have a clipboard only where the connection is safe.
  const copy = byId("new-password-copy", HTMLButtonElement);
  copy.hidden = !window.isSecureContext;
  copy.addEventListener("click", () => {
    const password = byId("new-password-text", HTMLElement).textContent;
    void navigator.clipboard.writeText(password).then(() => {
      setText(byId("new-password-outcome", HTMLElement), text("copied"));
    });
  });
  byId("new-password-done", HTMLButtonElement).addEventListener("click", () => {
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
    showPassword(await postJson<NewPassword>(PEOPLE, person));
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
      const answer = postJson<Partial<NewPassword>>(`${button.dataset["address"] ?? ""}/${what}`);
      answer.then(
        (person) => {
          if (person.password === undefined) location.reload();
          else showPassword({ name: person.name ?? "", password: person.password });
        },
        (error: unknown) => {
          outcome.fail(error);
        },
      );
    };
    if (what === "return") button.addEventListener("click", send);
    else {
      const question = what === "leave" ? "leaveConfirm" : "passwordConfirm";
      confirmTwice(button, button, text(question), send);
    }
  }
}

handOver();
addPeople();
changePeople();
act();
