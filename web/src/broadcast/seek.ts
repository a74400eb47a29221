/** From court time to a place in the video and back, by the stream's program date-time. [pure] */

/** A piece of the stream whose court time is known. */
export interface Anchor {
  /** Position in the media element, seconds. */
  readonly start: number;
  /** Seconds. */
  readonly duration: number;
  /** Court time of its first picture, Unix milliseconds; null where the playlist has none. */
  readonly programDateTime: number | null;
}

export type Place =
  | { readonly kind: "at"; readonly position: number }
  /** Before or after all that can be played. */
  | { readonly kind: "before" }
  | { readonly kind: "after" }
  /** In a gap of the record: the first position behind it. */
  | { readonly kind: "gap"; readonly position: number };

/**
 * Where the moment of this court time lies. Court time may jump between two pieces, forward or back
 * (the delay was changed), so that no piece tells where another one lies.
 */
export function placeOf(anchors: readonly Anchor[], courtMs: number): Place {
  const dated = anchors.flatMap((anchor) =>
    anchor.programDateTime === null ? [] : [{ ...anchor, from: anchor.programDateTime }]);
  const inside = dated.find(({ from, duration }) => courtMs >= from && courtMs < from + duration * 1000);
  if (inside !== undefined) {
    return { kind: "at", position: inside.start + (courtMs - inside.from) / 1000 };
  }
  const later = dated.filter(({ from }) => from > courtMs);
  if (later.length === dated.length) return { kind: "before" };
  const next = later.sort((one, other) => one.from - other.from)[0];
  return next === undefined ? { kind: "after" } : { kind: "gap", position: next.start };
}

/** Court time in the fragment of the address, as in `#t=1790000000000`; null if there is none. */
export function courtMsInHash(hash: string): number | null {
  const found = /^#t=(\d{10,16})$/.exec(hash);
  return found?.[1] === undefined ? null : Number(found[1]);
}
