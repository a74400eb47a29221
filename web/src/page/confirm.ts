/** A button that must be pressed twice within a few seconds. */

export const CONFIRM_MS = 5000;

/** Whether a press confirms an earlier one. [pure] */
export class Confirmation {
  #askedAt: number | null = null;

  /** Take a press at this time (milliseconds); true if it confirms. */
  press(now: number): boolean {
    const confirms = this.isOpen(now);
    this.#askedAt = confirms ? null : now;
    return confirms;
  }

  isOpen(now: number): boolean {
    return this.#askedAt !== null && now - this.#askedAt <= CONFIRM_MS;
  }

  cancel(): void {
    this.#askedAt = null;
  }
}

/**
 * Ask in the button's own place; `data-confirm` is "asked" while the second press is awaited.
 * A question that depends on the moment is a function; where it is null the first press acts.
 */
export function confirmTwice(
  button: HTMLButtonElement,
  label: HTMLElement,
  question: string | (() => string | null),
  act: () => void,
): void {
  const confirmation = new Confirmation();
  let plain = label.textContent;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const calm = (): void => {
    clearTimeout(timer);
    confirmation.cancel();
    if (button.dataset["confirm"] === undefined) return;
    delete button.dataset["confirm"];
    label.textContent = plain;
  };
  button.addEventListener("click", () => {
    if (confirmation.press(performance.now())) {
      calm();
      act();
      return;
    }
    const asked = typeof question === "string" ? question : question();
    if (asked === null) {
      confirmation.cancel();
      act();
      return;
    }
    plain = label.textContent;
    button.dataset["confirm"] = "asked";
    label.textContent = asked;
    timer = setTimeout(calm, CONFIRM_MS);
  });
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape") calm();
  });
  button.addEventListener("blur", calm);
}

/** Write a label that changes with the state, but not over a question that is being asked. */
export function relabel(button: HTMLButtonElement, label: HTMLElement, words: string): void {
  if (button.dataset["confirm"] === undefined && label.textContent !== words) {
    label.textContent = words;
  }
}
