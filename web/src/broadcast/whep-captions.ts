/**
 * The live report as captions of a picture by WebRTC. Posts come on the session's data channel, each
 * with its picture, so they are shown from now on.
 */
import type { Post } from "../api/types";
import { text, wordFor } from "../language/texts";

const SHORTEST_S = 2;
const LONGEST_S = 8;
const SIGNS_PER_SECOND = 6;

export class WhepCaptions {
  readonly #media: HTMLVideoElement;
  readonly #track: TextTrack;
  readonly #cues = new Map<string, TextTrackCue>();

  constructor(media: HTMLVideoElement) {
    this.#media = media;
    this.#track = media.addTextTrack("captions", text("captions"), "zh");
  }

  /** Show what a message of the data channel says; what is not a post is passed over. */
  readonly take = (message: unknown): void => {
    const post = postOf(message);
    if (post === null) return;
    const before = this.#cues.get(post.id);
    if (before !== undefined) this.#track.removeCue(before);
    this.#cues.delete(post.id);
    if (!post.body) return;
    const now = this.#media.currentTime;
    const cue = new VTTCue(before?.startTime ?? now, now + secondsFor(post.body), wordsOf(post));
    this.#track.addCue(cue);
    this.#cues.set(post.id, cue);
    this.#forget(now);
  };

  #forget(now: number): void {
    for (const [id, cue] of this.#cues) {
      if (cue.endTime >= now) continue;
      this.#track.removeCue(cue);
      this.#cues.delete(id);
    }
  }
}

type Said = Pick<Post, "id" | "role" | "speaker" | "body">;

/** The post in a message, null if there is none. */
export function postOf(message: unknown): Said | null {
  if (typeof message !== "string") return null;
  try {
    const post = JSON.parse(message) as Partial<Said> | null;
    return typeof post?.id === "string" && typeof post.role === "string" ? (post as Said) : null;
  } catch {
    return null;
  }
}

/** Who says what, as captions write it. */
export function wordsOf(post: Said): string {
  const who = [wordFor(post.role), post.speaker].filter((word) => word !== "").join(" ");
  return `${who}：${post.body ?? ""}`;
}

/** How long somebody needs to read it, in seconds. */
export function secondsFor(body: string): number {
  return Math.min(Math.max(body.length / SIGNS_PER_SECOND, SHORTEST_S), LONGEST_S);
}
