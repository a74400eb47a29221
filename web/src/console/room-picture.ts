/** A camera's moving picture on its tile, undelayed, for staff: in place of one still a second. */
import { text } from "../language/texts";
import { element, setText } from "../page/dom";
import type { WhepSession } from "../broadcast/whep";
import type { TilePlaces } from "./cameras";

export class RoomPicture {
  readonly #endpoint: string;
  readonly #lead: HTMLElement;
  readonly #button = element("button", { class: "tool", type: "button", "aria-pressed": "false" });
  #shown: { readonly session: WhepSession; readonly video: HTMLVideoElement } | undefined;

  /** `endpoint`: the camera's own address, for staff of its court. */
  constructor(endpoint: string, places: TilePlaces) {
    this.#endpoint = endpoint;
    this.#lead = places.lead;
    setText(this.#button, text("roomMoving"));
    this.#button.addEventListener("click", () => {
      if (this.#shown === undefined) void this.#show();
      else this.#hide(text("roomMoving"));
    });
    if ("RTCPeerConnection" in window) places.tools.append(this.#button);
  }

  async #show(): Promise<void> {
    const { WhepSession } = await import("../broadcast/whep");
    const session = new WhepSession({ sound: false });
    const video = element("video", { playsinline: true, muted: true, tabindex: -1 });
    video.muted = true; // the attribute alone does nothing for an element made by script
    video.srcObject = session.stream;
    this.#shown = { session, video };
    this.#button.setAttribute("aria-pressed", "true");
    const fail = (): void => {
      if (this.#shown?.session === session) this.#hide(text("roomFailed"));
    };
    try {
      await session.open(new URL(this.#endpoint, document.baseURI).href, fail);
      await video.play();
      // Over the still picture, below marks and words.
      this.#lead.querySelector("img")?.after(video);
    } catch {
      fail();
    }
  }

  #hide(words: string): void {
    this.#shown?.session.close();
    this.#shown?.video.remove();
    this.#shown = undefined;
    this.#button.setAttribute("aria-pressed", "false");
    setText(this.#button, words);
  }
}
