/** The hearing's state as the public is told it, and the court time on the air. */
import type { BroadcastState, StateEvent } from "../api/types";
import { EventStream } from "../api/events";
import { AirClock } from "./air-clock";
import { text } from "../language/texts";
import { byId, maybeById, setText } from "../page/dom";
import { msOf, durationText } from "../page/time";

export class State {
  readonly #banner = byId("state-banner", HTMLElement);
  readonly #onChange: (state: BroadcastState) => void;
  #state: BroadcastState;
  readonly #air = new AirClock();

  constructor(first: BroadcastState, onChange: (state: BroadcastState) => void) {
    this.#state = first;
    this.#onChange = onChange;
  }

  follow(address: string): void {
    new EventStream(address, {
      state: (data) => {
        this.#take(data as StateEvent);
      },
    }).start();
  }

  /** Court time of what is on the air at this moment; null while nothing is. */
  readonly airMs = (): number | null => this.#air.at(performance.now());

  #take(event: StateEvent): void {
    const airMs = event.air_time === null ? null : msOf(event.air_time);
    this.#air.take(airMs, performance.now());
    const viewers = maybeById("viewers", HTMLElement);
    if (viewers !== null) {
      setText(viewers, event.viewers > 0 ? text("viewers", { n: event.viewers }) : "");
    }
    const delay = maybeById("delay", HTMLElement);
    if (delay !== null) setText(delay, delayText(event.delay_s));
    // What has begun is never upcoming again: only the server has.
    if (event.state === this.#state || event.state === "upcoming") return;
    this.#state = event.state;
    this.#show();
    this.#onChange(event.state);
  }

  #show(): void {
    const state = this.#state;
    this.#banner.dataset["state"] = state;
    document.body.dataset["state"] = state;
    setText(byId("state-label", HTMLElement), text(state));
    setText(byId("state-text", HTMLElement), text(`${state}Text`));
    byId("state-replay", HTMLElement).hidden = state !== "ended";
  }
}

/** How late the broadcast is, in words. */
export function delayText(seconds: number): string {
  return seconds > 0 ? text("delayText", { time: durationText(seconds) }) : text("noDelayText");
}
