/** A button that prints the page; without script the browser's own menu does. */
import { maybeById } from "./dom";

export function offerPrint(): void {
  const button = maybeById("print", HTMLButtonElement);
  if (button === null) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    window.print();
  });
}
