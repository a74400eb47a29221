/** A replay that waits: watched, then released or refused. */
import "../style/page.css";
import "../style/console.css";
import "../style/player.css";
import "../style/record.css";
import { postJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { custom, maybeById } from "../page/dom";
import { Outcome } from "../page/forms";

/** The browser's own bar is enough here; the element comes with its player. */
async function show(place: HTMLElement): Promise<void> {
  await import("hls-video-element");
  const media = custom("hls-video", { controls: true, playsinline: true, preload: "auto" });
  place.append(media);
  media.setAttribute("src", place.dataset["hls"] ?? "");
}

function deciding(form: HTMLFormElement, address: string): void {
  const outcome = new Outcome(form);
  for (const button of form.querySelectorAll<HTMLButtonElement>("button[data-decision]")) {
    const decision = button.dataset["decision"] ?? "";
    const label = button.querySelector("span");
    if (label === null) continue;
    const question = text(decision === "release" ? "releaseConfirm" : "refuseConfirm");
    confirmTwice(button, label, question, () => {
      const remark = new FormData(form).get("remark");
      postJson(address, { decision, remark }).then(
        () => {
          location.reload();
        },
        (error: unknown) => {
          outcome.fail(error);
        },
      );
    });
  }
}

const player = maybeById("review-player", HTMLElement);
if (player !== null) void show(player);
const form = maybeById("decide", HTMLFormElement);
const page = maybeById("review", HTMLElement);
if (form !== null && page !== null) deciding(form, page.dataset["address"] ?? "");
