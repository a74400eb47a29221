/** The picture by WebRTC, in the same place of the player. */
import { element } from "../page/dom";
import type { Picture } from "./picture";
import { WhepSession } from "./whep";

/** What the server tells of the air. */
export interface Air {
  /** Court time of what is on the air at this moment, Unix milliseconds; null while nothing is. */
  airMs(): number | null;
  /** How far the air is behind the room, milliseconds. */
  delayMs(): number | null;
}

const ASK_EVERY_MS = 500;
/** An answer older than this tells nothing any more. */
const ANSWER_MS = 3000;
/** Farther from what is on the air than this, the answer is wrong: a clock was set. */
const MOST_LATE_MS = 10_000;

export class WhepPicture implements Picture {
  readonly media: HTMLVideoElement;
  readonly #session = new WhepSession();
  readonly #air: Air;
  readonly #asking: ReturnType<typeof setInterval>;
  #sent: { readonly ms: number; readonly at: number } | null = null;

  constructor(air: Air) {
    this.#air = air;
    this.#asking = setInterval(() => void this.#ask(), ASK_EVERY_MS);
    this.media = element("video", { slot: "media", playsinline: true, tabindex: -1 });
    this.media.srcObject = this.#session.stream;
  }

  /** Throws if the server has no place or does not answer. */
  async start(endpoint: string, onLost: () => void): Promise<void> {
    await this.#session.open(new URL(endpoint, document.baseURI).href, onLost);
    await this.media.play();
  }

  /** What is shown was on the air a moment ago: the line and the browser's buffer take their time. */
  courtMs(): number | null {
    if (this.media.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    const airMs = this.#air.airMs();
    const delayMs = this.#air.delayMs();
    const now = performance.now();
    if (airMs === null || delayMs === null || this.#sent === null) return airMs;
    const courtMs = this.#sent.ms + now - this.#sent.at - delayMs;
    const isKnown = now - this.#sent.at < ANSWER_MS && Math.abs(airMs - courtMs) < MOST_LATE_MS;
    return isKnown ? courtMs : airMs;
  }

  behindS(): null {
    return null;
  }

  goLive(): void {
    void this.media.play().catch(() => undefined);
  }

  close(): void {
    clearInterval(this.#asking);
    this.#session.close();
    this.media.srcObject = null;
    this.media.remove();
  }

  async #ask(): Promise<void> {
    const ms = await this.#session.sentMs();
    if (ms !== null) this.#sent = { ms, at: performance.now() };
  }
}
