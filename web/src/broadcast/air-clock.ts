/**
 * Court time on the air between the server's messages. A message can only be late, never early, so
 * the one that came with the least delay tells the time best. [pure]
 */

/** Messages older than this no longer count: clocks drift. */
const WINDOW_MS = 30_000;
/** A step of the air time by more than this is a new timeline, as after a change of the delay. */
const STEP_MS = 4000;

export class AirClock {
  #samples: readonly { readonly at: number; readonly offset: number }[] = [];

  /** A message at local time `now` (monotonic) said that `courtMs` is on the air; null: nothing. */
  take(courtMs: number | null, now: number): void {
    if (courtMs === null || Number.isNaN(courtMs)) {
      this.#samples = [];
      return;
    }
    const offset = courtMs - now;
    const fresh = this.#samples.filter(
      (sample) => now - sample.at < WINDOW_MS && Math.abs(sample.offset - offset) < STEP_MS,
    );
    this.#samples = [...fresh, { at: now, offset }];
  }

  /** Court time on the air at local time `now`; null while nothing is. */
  at(now: number): number | null {
    if (this.#samples.length === 0) return null;
    return now + Math.max(...this.#samples.map((sample) => sample.offset));
  }
}
