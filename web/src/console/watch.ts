/** The page for who watches what the public sees: the real public picture, and a dead-man's button. */
import type { ConsoleStatus } from "../api/types";
import type { Watch } from "../api/showing";
import { EventStream } from "../api/events";
import { postJson, reasonOf } from "../api/client";
import { HlsPicture } from "../broadcast/hls-picture";
import { text } from "../language/texts";
import { byId, setText } from "../page/dom";
import { courtTimeZone, durationText, msOf, spanText } from "../page/time";
import { Air } from "./air";
import { Moving, secondsLeft, watchWords } from "./watch-words";

/** From here on it is urgent. */
const URGENT_S = 60;
export function startWatch(page: HTMLElement): void {
  const { broadcast = "", hls = "" } = page.dataset;
  const api = `/api/v1/broadcasts/${broadcast}`;
  const desk = new WatchDesk(`${api}/watch`, hls);
  const listeners = {
    status: (data: unknown): void => {
      desk.show(data as ConsoleStatus);
    },
  };
  const onConnection = (connected: boolean): void => {
    byId("connection", HTMLElement).hidden = connected;
  };
  new EventStream(`${api}/console/events`, listeners, { onConnection }).start();
}

class WatchDesk {
  readonly #address: string;
  readonly #hls: string;
  readonly #air = new Air(courtTimeZone());
  readonly #confirm = byId("watch-confirm", HTMLButtonElement);
  readonly #leave = byId("watch-leave", HTMLButtonElement);
  readonly #left = byId("watch-left", HTMLElement);
  readonly #outcome = byId("watch-outcome", HTMLElement);
  readonly #moving = new Moving();
  #picture: HlsPicture | null = null;
  #watch: Watch | null = null;
  /** How far the server's clock is ahead of the browser's, in milliseconds. */
  #ahead = 0;

  constructor(address: string, hls: string) {
    this.#address = address;
    this.#hls = hls;
    this.#confirm.addEventListener("click", () => void this.#say(true));
    this.#leave.addEventListener("click", () => void this.#say(false));
    byId("watch-sound", HTMLButtonElement).addEventListener("click", () => {
      if (this.#picture !== null) this.#picture.media.muted = false;
    });
    setInterval(() => {
      this.#tick();
    }, 250);
  }

  show(status: ConsoleStatus): void {
    this.#air.show(status);
    this.#watch = status.watch;
    this.#ahead = msOf(status.now) - Date.now();
    setText(byId("watch-words", HTMLElement), watchWords(status.watch));
    byId("watch-words", HTMLElement).className = noticeOf(status.watch);
    this.#leave.hidden = status.watch === null || status.watch.watcher === "";
    if (this.#picture === null && status.air !== "" && status.air !== "upcoming") this.#play();
    this.#tick();
  }

  #play(): void {
    const say = (): void => undefined;
    const failed = (): void => {
      this.#picture?.close();
      this.#picture = null; // the next status begins it anew
    };
    this.#picture = new HlsPicture(this.#hls, { retrying: say, playing: say, failed });
    byId("public-stream", HTMLElement).append(this.#picture.media);
    this.#picture.start();
  }

  /** The button confirms that a moving picture is watched, so it needs one. */
  #tick(): void {
    const position = this.#picture?.media.currentTime ?? 0;
    const moves = this.#picture !== null && this.#moving.take(position, performance.now());
    this.#confirm.disabled = !moves;
    byId("watch-still", HTMLElement).hidden = moves;
    const left = secondsLeft(this.#watch, Date.now() + this.#ahead);
    setText(this.#left, left === null ? "" : text("watchLeft", { time: spanText(left) }));
    this.#left.dataset["urgent"] = String(left !== null && left <= URGENT_S);
  }

  async #say(watching: boolean): Promise<void> {
    try {
      await postJson(this.#address, { watching });
      const minutes = durationText(this.#watch?.period_s ?? 0);
      setText(this.#outcome, watching ? text("watchNoted", { time: minutes }) : text("watchGone"));
    } catch (error) {
      const reason = reasonOf(error, text("networkReason"));
      setText(this.#outcome, text("failed", { reason }));
    }
  }
}

function noticeOf(watch: Watch | null): string {
  if (watch?.missed === true) return "notice notice-bad";
  const isOpen = watch?.needed === true && watch.watcher === "";
  return isOpen ? "notice notice-warn" : "notice";
}
