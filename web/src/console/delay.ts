/** Another delay on the air, with what the public will see of the change. */
import type { ConsoleStatus } from "../api/types";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, setText } from "../page/dom";
import { durationText } from "../page/time";
import type { Sending } from "./sending";

const LONGEST_S = 30 * 60;

/** A delay as it was typed; null for what cannot be one. */
export function delayOf(typed: string): number | null {
  const seconds = Number(typed.trim());
  return typed.trim() !== "" && seconds >= 0 && seconds <= LONGEST_S ? seconds : null;
}

/** What the public sees if the delay becomes `wanted`. */
export function changeWords(now: number, wanted: number | null, isOnAir: boolean): string {
  if (wanted === null) return text("delayImpossible", { most: LONGEST_S });
  if (wanted === now) return text("delayNow", { time: durationText(now) });
  if (!isOnAir) return text("delayAtStart", { time: durationText(wanted) });
  const difference = durationText(Math.abs(wanted - now));
  return wanted > now
    ? text("delayLonger", { difference, time: durationText(wanted) })
    : text("delayShorter", { difference, time: durationText(wanted) });
}

/** The same, and what the public still sees of an earlier delay. */
export function delayWords(status: ConsoleStatus, wanted: number | null): string {
  const { air } = status.shown;
  const words = changeWords(status.delay_s, wanted, air !== null);
  if (air === null || air.delay_s === status.delay_s) return words;
  return `${words} ${text("delayWaits", { time: durationText(air.delay_s) })}`;
}

export class Delay {
  readonly #sending: Sending;
  readonly #input = byId("delay-seconds", HTMLInputElement);
  readonly #words = byId("delay-words", HTMLElement);
  readonly #button = byId("delay-set", HTMLButtonElement);
  readonly #presets = [...document.querySelectorAll<HTMLButtonElement>("button[data-delay]")];
  #status: ConsoleStatus | null = null;
  #isTouched = false;

  constructor(sending: Sending) {
    this.#sending = sending;
    this.#input.addEventListener("input", () => {
      this.#isTouched = true;
      this.offer();
    });
    for (const preset of this.#presets) {
      preset.addEventListener("click", () => {
        this.#isTouched = true;
        this.#input.value = preset.dataset["delay"] ?? "";
        this.offer();
      });
    }
    const label = byId("delay-label", HTMLElement);
    confirmTwice(this.#button, label, text("confirmDelay"), () => {
      this.#give();
    });
  }

  show(status: ConsoleStatus): void {
    this.#status = status;
    if (!this.#isTouched) this.#input.value = String(status.delay_s);
    this.offer();
  }

  offer(): void {
    const status = this.#status;
    if (status === null) return;
    const seconds = delayOf(this.#input.value);
    setText(this.#words, delayWords(status, seconds));
    for (const preset of this.#presets) {
      const isNow = Number(preset.dataset["delay"]) === status.delay_s;
      preset.setAttribute("aria-pressed", String(isNow));
    }
    this.#button.disabled = !this.#isPossible(status, seconds);
  }

  #isPossible(status: ConsoleStatus, seconds: number | null): boolean {
    if (seconds === null || seconds === status.delay_s) return false;
    return status.marks.includes("delay") && !this.#sending.isBusy("delay", { seconds });
  }

  #give(): void {
    const seconds = delayOf(this.#input.value);
    if (seconds === null) return;
    this.#isTouched = false;
    const name = text("orderDelay", { time: durationText(seconds) });
    void this.#sending.give({ order: "delay", arguments: { seconds }, name });
  }
}
