/** Shows the court time of the picture that is being played, several times a second. */
import { clockText, stampText } from "../page/time";
import { setText } from "../page/dom";

const EVERY_MS = 100;

/** Where the clock reads; null while no picture with a known time is shown. */
export type Reading = () => number | null;

export class CourtClock {
  readonly #target: HTMLElement;
  readonly #zone: string;
  #reading: Reading = () => null;

  constructor(target: HTMLElement, zone: string) {
    this.#target = target;
    this.#zone = zone;
    setInterval(() => {
      this.#tick();
    }, EVERY_MS);
  }

  read(reading: Reading): void {
    this.#reading = reading;
  }

  #tick(): void {
    const ms = this.#reading();
    if (ms === null || Number.isNaN(ms)) {
      delete this.#target.dataset["courtMs"];
      setText(this.#target, "--:--:--");
      return;
    }
    this.#target.dataset["courtMs"] = String(Math.round(ms));
    setText(this.#target, clockText(ms, this.#zone));
    this.#target.title = stampText(ms, this.#zone);
  }
}
