/** Keys of the console: `?` shows them; they can be switched off (WCAG 2.1.4). */
import { byId } from "../page/dom";

const STORED = "tingbo.shortcuts";

/** The order a key stands for, by the buttons' `data-key`. */
export function startShortcuts(): void {
  const dialog = byId("shortcuts", HTMLDialogElement);
  const isOn = byId("shortcuts-on", HTMLInputElement);
  isOn.checked = localStorage.getItem(STORED) !== "off";
  isOn.addEventListener("change", () => {
    localStorage.setItem(STORED, isOn.checked ? "on" : "off");
  });
  byId("shortcuts-open", HTMLButtonElement).addEventListener("click", () => {
    dialog.showModal();
  });
  byId("shortcuts-close", HTMLButtonElement).addEventListener("click", () => {
    dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    if (dialog.open || !isPlain(event)) return;
    if (event.key === "?") dialog.showModal();
    else if (isOn.checked) press(event);
  });
}

function press(event: KeyboardEvent): void {
  const key = event.key.toLowerCase();
  const button = document.querySelector<HTMLButtonElement>(`button[data-key="${CSS.escape(key)}"]`);
  if (button === null || button.disabled || button.hidden) return;
  event.preventDefault();
  button.focus();
  button.click();
}

/** A key by itself, and not one of a text that is being written. */
function isPlain(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return false;
  const { target } = event;
  return !(target instanceof Element && target.closest("input, textarea, select") !== null);
}
