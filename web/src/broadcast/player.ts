/** The player of a broadcast: brings the picture, changes between its two ways, jumps to moments. */
import { text } from "../language/texts";
import { byId, setText } from "../page/dom";
import { spanText } from "../page/time";
import { controls } from "./controls";
import { CourtClock } from "./court-clock";
import { HlsPicture, type Trouble } from "./hls-picture";
import type { Picture, Seek } from "./picture";
import { WhepRefused } from "./whep";
import { WhepPicture, type Air } from "./whep-picture";

export interface PlayerSetting {
  readonly hls: string;
  readonly whep: string | null;
  /** Small pictures for seeking, of a replay. */
  readonly preview: string | null;
  readonly live: boolean;
  readonly zone: string;
  /** For pictures that carry no court time. */
  readonly air: Air;
  /** Where a replay begins, seconds. */
  readonly startS: number;
}

/** Farther behind than this, the way back to live is offered. */
const BEHIND_S = 3;
const EVERY_MS = 500;
/** So long it is told that the lowest delay could not be had, while normal playback goes on. */
const TOLD_MS = 10_000;

export class Player {
  readonly #setting: PlayerSetting;
  readonly #controller: HTMLElement;
  readonly #clock: CourtClock;
  readonly #place = byId("player", HTMLElement);
  readonly #note = byId("player-note", HTMLElement);
  readonly #liveButton = byId("live-button", HTMLButtonElement);
  readonly #lowest = byId("lowest-delay", HTMLButtonElement);
  readonly #unmute = byId("unmute", HTMLButtonElement);
  #picture: Picture | undefined;
  /** The lowest delay, as long as it is only asked for: the usual picture goes on until it is there. */
  #coming: WhepPicture | undefined;
  /** The server has no room before this, by `performance.now()`. */
  #fullUntil = 0;
  /** What the note says while the picture plays. */
  #remark = "";

  constructor(setting: PlayerSetting) {
    this.#setting = setting;
    this.#clock = new CourtClock(byId("court-clock", HTMLElement), setting.zone);
    this.#controller = controls(setting.live);
    this.#place.prepend(this.#controller);
    this.#liveButton.addEventListener("click", () => {
      this.#picture?.goLive();
    });
    this.#unmute.addEventListener("click", () => {
      if (this.#picture !== undefined) this.#picture.media.muted = false;
    });
    if (setting.live && setting.whep !== null && "RTCPeerConnection" in window) {
      this.#offerLowestDelay(setting.whep);
    }
    setInterval(() => {
      this.#follow();
    }, EVERY_MS);
  }

  /** Play by HLS, muted: browsers let no page start with sound. */
  playHls(): HlsPicture {
    const isFirst = this.#picture === undefined;
    const picture = new HlsPicture(this.#setting.hls, this.#trouble, this.#setting.preview);
    this.#put(picture);
    if (isFirst && !this.#setting.live) picture.beginAt(this.#setting.startS);
    setText(this.#note, text("playerLoading"));
    picture.start();
    return picture;
  }

  /** Something was withdrawn: let go of what is held of it, and go on where the viewer was. */
  async loadAnew(): Promise<void> {
    if (!(this.#picture instanceof HlsPicture)) return;
    const at = this.#picture.courtMs();
    const behind = this.#picture.behindS() ?? 0;
    this.playHls();
    if (at !== null && (!this.#setting.live || behind > BEHIND_S)) await this.seekTo(at);
  }

  stop(): void {
    this.#forgetComing();
    this.#picture?.close();
  }

  get started(): boolean {
    return this.#picture !== undefined;
  }

  /** Jump to the moment of this court time; says so where that is not possible. */
  async seekTo(courtMs: number): Promise<void> {
    this.#forgetComing();
    const picture = this.#picture instanceof HlsPicture ? this.#picture : this.playHls();
    let seek: Seek = picture.seekTo(courtMs);
    for (let tries = 0; seek === "unknown" && tries < 40; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      seek = picture.seekTo(courtMs);
    }
    this.#explain(seek);
    this.#place.dataset["seek"] = seek;
    this.#controller.focus({ preventScroll: true });
    this.#place.scrollIntoView({ block: "nearest", behavior: "auto" });
  }

  #explain(seek: Seek): void {
    const words = { done: "", unknown: "", gap: text("momentGap"), gone: text("momentGone"), ahead: text("momentAhead") };
    setText(this.#note, words[seek]);
  }

  #put(picture: Picture): void {
    const muted = this.#picture?.media.muted ?? true;
    this.#picture?.close();
    this.#picture = picture;
    this.#place.dataset["way"] = picture instanceof WhepPicture ? "whep" : "hls";
    this.#controller.append(picture.media);
    picture.media.muted = muted;
    this.#clock.read(() => picture.courtMs());
    this.#lowest.setAttribute("aria-pressed", String(picture instanceof WhepPicture));
    picture.media.addEventListener("volumechange", () => {
      this.#unmute.hidden = !picture.media.muted;
    });
    this.#unmute.hidden = !muted;
  }

  readonly #trouble: Trouble = {
    retrying: () => {
      setText(this.#note, text("playerRetrying"));
    },
    playing: () => {
      setText(this.#note, this.#remark);
    },
    failed: (reason) => {
      setText(this.#note, text(reason === "broken" ? "playerFailed" : "playerUnsupported"));
    },
  };

  #offerLowestDelay(endpoint: string): void {
    this.#lowest.hidden = false;
    this.#lowest.addEventListener("click", () => {
      if (this.#picture instanceof WhepPicture) this.playHls();
      else if (this.#coming === undefined) void this.#playWhep(endpoint);
    });
  }

  /** Change to the lowest delay once its first picture is there; else go on as before, and say so. */
  async #playWhep(endpoint: string): Promise<void> {
    if (performance.now() < this.#fullUntil) {
      this.#sayFailed();
      return;
    }
    const picture = new WhepPicture(this.#setting.air);
    this.#coming = picture;
    this.#lowest.setAttribute("aria-busy", "true");
    try {
      await picture.start(endpoint, () => {
        this.#lose(picture);
      });
      if (this.#coming !== picture) return;
      this.#come();
      this.#put(picture);
      setText(this.#note, "");
    } catch (reason) {
      if (reason instanceof WhepRefused) this.#fullUntil = performance.now() + reason.retryMs;
      if (this.#coming !== picture) return;
      this.#forgetComing();
      this.#sayFailed();
    }
  }

  #lose(picture: WhepPicture): void {
    if (this.#picture !== picture) return;
    this.#sayFailed();
    this.playHls();
  }

  #come(): void {
    this.#coming = undefined;
    this.#lowest.removeAttribute("aria-busy");
  }

  #forgetComing(): void {
    this.#coming?.close();
    this.#come();
  }

  #sayFailed(): void {
    this.#remark = text("lowestDelayFailed");
    setText(this.#note, this.#remark);
    setTimeout(() => {
      if (this.#note.textContent === this.#remark) setText(this.#note, "");
      this.#remark = "";
    }, TOLD_MS);
  }

  #follow(): void {
    if (!this.#setting.live) return;
    const behind = this.#picture?.behindS() ?? null;
    const late = behind !== null && behind > BEHIND_S;
    this.#liveButton.hidden = this.#picture === undefined;
    this.#liveButton.disabled = !late;
    this.#liveButton.dataset["behind"] = behind === null ? "" : behind.toFixed(1);
    setText(byId("live-label", HTMLElement), late
      ? `${text("backToLive")} · ${text("behindLive", { time: spanText(behind) })}`
      : text("atLive"));
  }
}
