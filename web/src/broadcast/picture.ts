/** What the player needs of a way to bring the picture, whether HLS or WebRTC. */

export interface Picture {
  /** The element in the player's place for media. */
  readonly media: HTMLMediaElement;
  /** Court time of the picture that is shown, Unix milliseconds; null while unknown. */
  courtMs(): number | null;
  /** Seconds behind the newest picture that can be played; null where there is nothing to catch up. */
  behindS(): number | null;
  goLive(): void;
  close(): void;
}

/** What can come of a wish to see a moment of the hearing. */
export type Seek = "done" | "gap" | "gone" | "ahead" | "unknown";
