/** Where slates stand in a replay: marks on the player's bar, from the playlist's Date Ranges. [pure] */
import { placeOf, type Anchor } from "./seek";

/** A Date Range of the playlist; times of the court in Unix milliseconds. */
export interface Slate {
  readonly reason: string;
  readonly startMs: number;
  readonly durationS: number;
}

export interface Mark {
  /** Seconds in the media element. */
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

/** A slate that is seen for less is no mark: nobody could point at it. */
const SHORTEST_S = 2;

/** The marks of these slates, in order, as far as they can be played. */
export function marksOf(slates: readonly Slate[], anchors: readonly Anchor[]): readonly Mark[] {
  const last = anchors.at(-1);
  if (last === undefined) return [];
  const marks = slates.flatMap(({ reason, startMs, durationS }) => {
    // A millisecond before its end is in the slate, also where the picture after it is left out.
    const place = placeOf(anchors, startMs);
    const end = placeOf(anchors, startMs + durationS * 1000 - 1);
    if (place.kind === "after" || place.kind === "before") return [];
    const until = end.kind === "at" || end.kind === "gap" ? end.position : last.start + last.duration;
    return until - place.position < SHORTEST_S ? [] : [{ start: place.position, end: until, reason }];
  });
  return marks.sort((one, other) => one.start - other.start);
}
