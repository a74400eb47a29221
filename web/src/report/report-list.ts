/** Order and versions of posts: pure, told of posts in any order and any number of times. */
import type { Post } from "../api/types";

/** Where a post stands in the list and how often it was changed. */
export interface Standing {
  readonly id: string;
  /** Court time of what it tells of, Unix milliseconds. */
  readonly ms: number;
  readonly number: number;
  /** Rises with each correction, release and withdrawal. */
  readonly version: number;
}

export function standingOf(post: Post): Standing {
  const released = post.state === "held" ? 0 : 1;
  return {
    id: post.id,
    ms: Date.parse(post.court_time),
    number: post.number,
    version: post.history.length * 2 + released,
  };
}

/** Negative if `one` stands above `other`: newest first. */
export function newestFirst(one: Standing, other: Standing): number {
  return other.ms - one.ms || other.number - one.number;
}

/** The posts after these came in, newest first; an older form of a known post changes nothing. */
export function merge<P extends Post>(known: readonly P[], incoming: readonly P[]): readonly P[] {
  const byId = new Map(known.map((post) => [post.id, post]));
  for (const post of incoming) {
    const before = byId.get(post.id);
    if (before === undefined || standingOf(before).version <= standingOf(post).version) {
      byId.set(post.id, post);
    }
  }
  return [...byId.values()].sort((one, other) => newestFirst(standingOf(one), standingOf(other)));
}

/** A reader's list can be held still: while it is, posts wait and are counted. */
export class Held {
  #waiting: readonly Post[] = [];
  #isPaused = false;

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** How many posts wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The posts of these that are to be shown now. */
  take(posts: readonly Post[]): readonly Post[] {
    if (!this.#isPaused) return posts;
    // A withdrawal is never held back: what was taken down must not stay in view.
    const withdrawn = posts.filter((post) => post.state === "withdrawn");
    this.#waiting = merge(this.#waiting, posts).filter((post) => post.state !== "withdrawn");
    return withdrawn;
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Go on; returns what waited. */
  resume(): readonly Post[] {
    const waited = this.#waiting;
    this.#waiting = [];
    this.#isPaused = false;
    return waited;
  }
}
