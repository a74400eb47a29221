/** The picture by WebRTC, in the same place of the player. */
import { element } from "../page/dom";
import type { Picture } from "./picture";
import { WhepRefused, WhepSession } from "./whep";
import { WhepCaptions } from "./whep-captions";

/** What the server tells of the air. */
export interface Air {
  /** Court time of what is on the air at this moment, Unix milliseconds; null while nothing is. */
  airMs(): number | null;
}

const ASK_EVERY_MS = 500;
/** Without a new picture for so long the way is broken, whatever the connection says of itself. */
const LOST_MS = 5000;
/** So long the first picture may take. */
const FIRST_MS = 8000;
/** Farther from what is on the air than this, the answer is wrong: a clock was set. */
const MOST_LATE_MS = 10_000;

export class WhepPicture implements Picture {
  readonly media: HTMLVideoElement;
  readonly #session: WhepSession;
  readonly #air: Air;
  readonly #asking: ReturnType<typeof setInterval>;
  #told: { readonly ms: number; readonly at: number } | null = null;
  #pictures = 0;
  /** When the last new picture had come, or may yet come. */
  #movedAt = Infinity;
  #onLost = (): void => undefined;

  constructor(air: Air) {
    this.#air = air;
    this.#asking = setInterval(() => void this.#ask(), ASK_EVERY_MS);
    this.media = element("video", { slot: "media", playsinline: true, tabindex: -1 });
    this.#session = new WhepSession({ onPost: new WhepCaptions(this.media).take });
    this.media.srcObject = this.#session.stream;
  }

  /**
   * Resolves with the first picture, which needs no place in the page. Throws if the server has no
   * place, does not answer, or nothing comes of its answer; `onLost` is called if it is lost later.
   */
  async start(endpoint: string, onLost: () => void): Promise<void> {
    this.media.muted = true; // until it is in its place
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => {
        reject(new WhepRefused("no picture"));
      };
      this.#onLost = fail;
      this.media.addEventListener("loadeddata", () => {
        resolve();
      }, { once: true });
      const lost = (): void => {
        this.#onLost();
      };
      this.#session.open(new URL(endpoint, document.baseURI).href, lost).then(() => {
        setTimeout(fail, FIRST_MS);
        void this.media.play().catch(() => undefined);
      }, reject);
    });
    this.#onLost = onLost;
    this.#movedAt = performance.now();
  }

  /**
   * What is shown was on the air a moment ago: the line and the browser's buffer take their time.
   * While no picture comes the clock stands still as the picture does.
   */
  courtMs(): number | null {
    if (this.media.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    const airMs = this.#air.airMs();
    const now = Math.min(performance.now(), this.#movedAt + 2 * ASK_EVERY_MS);
    if (airMs === null || this.#told === null) return airMs;
    const courtMs = this.#told.ms + now - this.#told.at;
    return Math.abs(airMs - courtMs) < MOST_LATE_MS ? courtMs : airMs;
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
    const { pictures, courtMs } = await this.#session.received();
    const now = performance.now();
    if (courtMs !== null && pictures !== this.#pictures) this.#told = { ms: courtMs, at: now };
    const waits = document.visibilityState === "hidden" || this.#session.isRestarting;
    if (pictures !== this.#pictures || waits) {
      this.#pictures = pictures;
      this.#movedAt = now;
    } else if (now - this.#movedAt > LOST_MS) {
      this.#onLost();
    }
  }
}
