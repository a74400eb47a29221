/** Forms that are sent by script, with their state said in words. */
import { reasonOf } from "../api/client";
import { text } from "../language/texts";
import { setText } from "./dom";

/** Where a form says what became of it: an element with role `status` or `alert` in its form. */
export class Outcome {
  readonly #place: HTMLElement;

  constructor(form: ParentNode) {
    const place = form.querySelector<HTMLElement>("[data-outcome]");
    if (place === null) throw new Error("The form has no place for its outcome.");
    this.#place = place;
  }

  say(words: string, kind: "plain" | "good" | "bad" = "plain"): void {
    this.#place.hidden = words === "";
    this.#place.className = kind === "plain" ? "notice" : `notice notice-${kind}`;
    this.#place.dataset["kind"] = kind;
    setText(this.#place, words);
  }

  fail(error: unknown): void {
    this.say(reasonOf(error, text("networkReason")), "bad");
  }
}

/** Send a form by `action` instead of by the browser; it cannot be sent twice at once. */
export function onSubmit(form: HTMLFormElement, action: (fields: FormData) => Promise<void>): void {
  const outcome = new Outcome(form);
  let isSending = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    form.setAttribute("aria-busy", "true");
    void action(new FormData(form))
      .catch((error: unknown) => {
        outcome.fail(error);
      })
      .finally(() => {
        isSending = false;
        form.removeAttribute("aria-busy");
      });
  });
}

/** A field's text, without blanks around it. */
export function field(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value.trim() : "";
}
