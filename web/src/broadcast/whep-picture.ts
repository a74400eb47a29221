/** The picture by WebRTC, in the same place of the player. */
import { element } from "../page/dom";
import type { Picture } from "./picture";
import { WhepSession } from "./whep";

export class WhepPicture implements Picture {
  readonly media: HTMLVideoElement;
  readonly #session = new WhepSession();
  readonly #airMs: () => number | null;

  /** `airMs`: court time of what is on the air now, as the server tells it. */
  constructor(airMs: () => number | null) {
    this.#airMs = airMs;
    this.media = element("video", { slot: "media", playsinline: true, tabindex: -1 });
    this.media.srcObject = this.#session.stream;
  }

  /** Throws if the server has no place or does not answer. */
  async start(endpoint: string, onLost: () => void): Promise<void> {
    await this.#session.open(new URL(endpoint, document.baseURI).href, onLost);
    await this.media.play();
  }

  courtMs(): number | null {
    return this.media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? this.#airMs() : null;
  }

  behindS(): null {
    return null;
  }

  goLive(): void {
    void this.media.play().catch(() => undefined);
  }

  close(): void {
    this.#session.close();
    this.media.srcObject = null;
    this.media.remove();
  }
}
