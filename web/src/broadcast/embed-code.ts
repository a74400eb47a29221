/** Copies the code that shows the video on another site, where the page offers it. */
import { text } from "../language/texts";
import { byId, maybeById, setText } from "../page/dom";

export function offerEmbedCode(): void {
  const code = maybeById("embed-code", HTMLTextAreaElement);
  if (code === null) return;
  code.addEventListener("focus", () => {
    code.select();
  });
  // Only pages that came by TLS, or from this machine, have a clipboard; elsewhere it is marked and copied by hand.
  if (!("clipboard" in navigator)) return;
  const button = byId("embed-copy", HTMLButtonElement);
  button.hidden = false;
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(code.value).then(() => {
      setText(byId("embed-outcome", HTMLElement), text("copied"));
    });
  });
}
