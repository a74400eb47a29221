/** Sound levels in dBFS as a share of the scale and as a word. [pure] */

export type Level = "none" | "silent" | "low" | "good" | "high" | "clipping";

const FLOOR_DB = -60;
const HOLD_MS = 1500;
const FALL_DB_PER_S = 20;

/** Lines of the scale. */
export const TICKS_DB: readonly number[] = [-48, -36, -24, -12, -3];

/** 0 at the floor of the scale, 1 at full scale. */
export function shareOf(db: number): number {
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / -FLOOR_DB));
}

/** The loudest of a sound's channels; null where there are none. */
export function loudest(levels: readonly number[]): number | null {
  return levels.length > 0 ? Math.max(...levels) : null;
}

/** The word for a level. Limits: silence below −50 dBFS, clipping from a peak of −1 dBFS. */
export function levelOf(rms: number | null, peak: number | null): Level {
  if (rms === null) return "none";
  if (peak !== null && peak >= -1) return "clipping";
  if (rms < -50) return "silent";
  if (rms < -40) return "low";
  return rms > -12 ? "high" : "good";
}

/** A pause between two sentences is no silence: that is called so only after this. */
const SILENT_AFTER_MS = 8000;

/** The loudest of the last seconds. */
export class Loudest {
  #levels: readonly { readonly db: number; readonly at: number }[] = [];

  take(db: number, now: number): number {
    const fresh = this.#levels.filter(
      (level) => now - level.at < SILENT_AFTER_MS && level.db > db,
    );
    this.#levels = [...fresh, { db, at: now }];
    return this.#levels[0]?.db ?? db;
  }
}

/** The highest peak of the last moments, then falling slowly. */
export class PeakHold {
  #db = -Infinity;
  #at = 0;

  take(db: number, now: number): number {
    const late = (now - this.#at - HOLD_MS) / 1000;
    const falling = late > 0 ? this.#db - late * FALL_DB_PER_S : this.#db;
    if (db >= falling) {
      this.#db = db;
      this.#at = now;
      return db;
    }
    return falling;
  }
}
