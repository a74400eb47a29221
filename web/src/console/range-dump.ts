/** Taking out the last seconds, as far as the public has not seen them. */
import type { ConsoleStatus, OrderTaken } from "../api/types";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, setText } from "../page/dom";
import { durationText, msOf } from "../page/time";
import type { Sending } from "./sending";

/** Below this it is the grain of pictures and parts, and not something that was seen. */
const HARDLY_S = 0.25;

/** How many of the seconds the public had seen already. */
export function airedSeconds(taken: OrderTaken, seconds: number): number {
  if (taken.court_time === null) return 0;
  const cut = (msOf(taken.court_time) - msOf(taken.from_time)) / 1000;
  return seconds - cut > HARDLY_S ? seconds - cut : 0;
}

/** What can be reached at all, before anything is pressed. */
export function reachWords(delay: number): string {
  return delay > 0
    ? text("rangeReach", { time: durationText(delay) })
    : text("rangeNothing");
}

export class RangeDump {
  readonly #sending: Sending;
  readonly #buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-range]")];
  readonly #hint = byId("range-hint", HTMLElement);
  #isPossible = false;

  constructor(sending: Sending) {
    this.#sending = sending;
    for (const button of this.#buttons) this.#wire(button, secondsOf(button));
  }

  show(status: ConsoleStatus): void {
    const delay = status.shown.air?.delay_s ?? status.delay_s;
    this.#isPossible = status.allowed.includes("range_dump") && delay > 0;
    setText(this.#hint, reachWords(delay));
    this.offer();
  }

  offer(): void {
    for (const button of this.#buttons) {
      const seconds = secondsOf(button);
      button.disabled = !this.#isPossible || this.#sending.isBusy("range_dump", { seconds });
    }
  }

  #wire(button: HTMLButtonElement, seconds: number): void {
    const label = button.querySelector<HTMLElement>(".order-label");
    if (label === null) return;
    const time = durationText(seconds);
    confirmTwice(button, label, text("confirmRange", { time }), () => {
      const name = text("orderRange", { time });
      const wish = { order: "range_dump", arguments: { seconds }, name } as const;
      void this.#sending.give(wish, (taken) => {
        const aired = airedSeconds(taken, seconds);
        return aired > 0 ? text("rangeAired", { time: durationText(Math.ceil(aired)) }) : "";
      });
    });
  }
}

function secondsOf(button: HTMLButtonElement): number {
  return Number(button.dataset["range"]);
}
