/** A broadcast on a page or in a frame: the player plays whenever the server says there is something. */
import type { Listeners } from "../api/events";
import type { BroadcastState } from "../api/types";
import { byId } from "../page/dom";
import { courtTimeZone } from "../page/time";
import { State } from "./state";
import type { Player } from "./player";

export interface WatchingSetting {
  /** Query of what the player opens; empty where cookies say who watches. */
  readonly query?: string;
  /** Where a replay begins, seconds. */
  readonly startS?: number;
}

export class Watching {
  readonly #page = byId("broadcast", HTMLElement);
  readonly #setting: WatchingSetting;
  readonly #state: State;
  #player: Promise<Player> | undefined;

  constructor(setting: WatchingSetting = {}) {
    this.#setting = setting;
    this.#state = new State(
      (this.#page.dataset["state"] ?? "upcoming") as BroadcastState,
      (now) => {
        if (now === "withdrawn") this.leave();
        else if (now !== "upcoming" && now !== "ended") this.#play();
      },
      (what) => {
        if (what === "name") this.leave();
        else void this.#player?.then((one) => one.loadAnew());
      },
    );
  }

  /** Follow the state; `others` are told what else its stream says. */
  start(others: Listeners = {}): void {
    this.#state.follow(this.given("stateEvents"), others);
    if (this.given("playable") === "true") this.#play();
  }

  /** What the server's template wrote on the page. */
  given(name: string): string {
    return this.#page.dataset[name] ?? "";
  }

  /** Jump to the moment of this court time, if there is a player. */
  async seekTo(courtMs: number): Promise<void> {
    if (this.#player !== undefined) await (await this.#player).seekTo(courtMs);
  }

  #play(): void {
    if (this.given("hls") === "") return;
    byId("player-poster", HTMLElement).hidden = true;
    this.#player ??= this.#makePlayer();
  }

  /** The player's code is fetched only where something can be played. */
  async #makePlayer(): Promise<Player> {
    const module = await import("./player");
    const made = new module.Player({
      hls: this.#opened(this.given("hls")),
      whep: this.given("whep") === "" ? null : this.#opened(this.given("whep")),
      preview: this.given("preview") === "" ? null : this.given("preview"),
      live: this.given("live") === "true",
      zone: courtTimeZone(),
      air: this.#state,
      startS: this.#setting.startS ?? 0,
    });
    made.playHls();
    return made;
  }

  #opened(address: string): string {
    const { query = "" } = this.#setting;
    return query === "" ? address : `${address}?${query}`;
  }

  /** Show what the server says of it now; spread, so that not all readers come at once. */
  leave(): void {
    this.#page.hidden = true;
    void this.#player?.then((one) => {
      one.stop();
    });
    setTimeout(() => {
      location.reload();
    }, Math.random() * 1000);
  }
}
