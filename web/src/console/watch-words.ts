/** Who watches what the public sees, in words, and whether there is something to watch. [pure] */
import type { Watch } from "../api/showing";
import { text } from "../language/texts";
import { msOf } from "../page/time";

/** A picture that has stood still for longer than this is not being watched. */
const STILL_MS = 4000;

/** Whether a picture moves, as the player's own clock tells. */
export class Moving {
  #position = -1;
  #movedAt = -Infinity;

  take(position: number, now: number): boolean {
    if (position !== this.#position) {
      this.#movedAt = this.#position < 0 ? -Infinity : now;
      this.#position = position;
    }
    return now - this.#movedAt < STILL_MS;
  }
}

/** The seconds that are left to confirm; null while nobody is asked. */
export function secondsLeft(watch: Watch | null, now: number): number | null {
  if (watch?.needed !== true || watch.due_at === null) return null;
  return Math.max(0, (msOf(watch.due_at) - now) / 1000);
}

/** Who watches, in words. */
export function watchWords(watch: Watch | null): string {
  if (watch === null) return text("watchOff");
  if (watch.missed) return text(watch.shows_slate ? "watchMissedSlate" : "watchMissed");
  if (!watch.needed) return text("watchNotNeeded");
  if (watch.watcher === "") return text("watchNobody");
  return text("watchBy", { name: watch.watcher });
}
