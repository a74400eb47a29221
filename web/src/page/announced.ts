/** The line of a desk about the announcement in court: one press writes it down (rule B-08). */
import type { Announced } from "../api/showing";
import { postJson, reasonOf } from "../api/client";
import { text } from "../language/texts";
import { byId, setText } from "./dom";

export function showAnnounced(told: Announced): void {
  const line = byId("announced", HTMLElement);
  const done = String(told.done);
  if (line.dataset["done"] === done && (!told.done || shown() === told.words)) return;
  line.dataset["done"] = done;
  line.classList.toggle("notice-warn", !told.done);
  setText(byId("announced-words", HTMLElement), told.done ? told.words : text("announcedNot"));
  if (told.done) byId("announce", HTMLButtonElement).hidden = true;
}

function shown(): string {
  return byId("announced-words", HTMLElement).textContent;
}

export function startAnnounced(): void {
  const line = byId("announced", HTMLElement);
  const button = byId("announce", HTMLButtonElement);
  button.addEventListener("click", () => {
    button.disabled = true;
    postJson<{ readonly in_words: string }>(line.dataset["address"] ?? "", { speaker: "presiding_judge" })
      .then(
        (made) => {
          showAnnounced({ done: true, words: made.in_words });
        },
        (error: unknown) => {
          setText(byId("announced-words", HTMLElement), reasonOf(error, text("networkReason")));
        },
      )
      .finally(() => {
        button.disabled = false;
      });
  });
}
