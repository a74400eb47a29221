/** The hearing's state as the public is told it, and the court time on the air. */
import type { BroadcastState, StateEvent } from "../api/types";
import { EventStream, type Listeners } from "../api/events";
import { AirClock } from "./air-clock";
import { text } from "../language/texts";
import { byId, maybeById, setText } from "../page/dom";
import { msOf, durationText } from "../page/time";

export class State {
  readonly #banner = byId("state-banner", HTMLElement);
  readonly #onChange: (state: BroadcastState) => void;
  readonly #onWithdrawal: (what: "stretch" | "name") => void;
  #state: BroadcastState;
  /** What was withdrawn when the server last said so; null before it has. */
  #withdrawn: { readonly stretches: string; readonly names: number } | null = null;
  readonly #air = new AirClock();

  constructor(
    first: BroadcastState,
    onChange: (state: BroadcastState) => void,
    onWithdrawal: (what: "stretch" | "name") => void,
  ) {
    this.#state = first;
    this.#onChange = onChange;
    this.#onWithdrawal = onWithdrawal;
  }

  follow(address: string, others: Listeners = {}): void {
    new EventStream(address, {
      ...others,
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
    this.#compareWithdrawn(event);
    this.#showFacts(event);
    // What has begun is never upcoming again: only the server has.
    if (event.state === this.#state || event.state === "upcoming") return;
    this.#state = event.state;
    if (event.state !== "withdrawn") this.#show();
    this.#onChange(event.state);
  }

  #compareWithdrawn(event: StateEvent): void {
    const before = this.#withdrawn;
    const now = { stretches: JSON.stringify(event.withdrawn), names: event.names };
    this.#withdrawn = now;
    if (before === null) return;
    if (before.names !== now.names) this.#onWithdrawal("name");
    else if (before.stretches !== now.stretches) this.#onWithdrawal("stretch");
  }

  #showFacts(event: StateEvent): void {
    const viewers = maybeById("viewers", HTMLElement);
    if (viewers !== null && event.state !== "ended") {
      setText(viewers, event.viewers ? text("viewers", { n: event.viewers }) : "");
    }
    const delay = maybeById("delay", HTMLElement);
    if (delay !== null) setText(delay, delayText(event.delay_s));
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
