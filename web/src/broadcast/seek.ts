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

/** Where the moment of this court time lies. */
export function placeOf(anchors: readonly Anchor[], courtMs: number): Place {
  const dated = anchors.filter((anchor) => anchor.programDateTime !== null);
  const first = dated[0]?.programDateTime;
  if (first === undefined || first === null || courtMs < first) return { kind: "before" };
  for (const anchor of dated) {
    const offset = (courtMs - Number(anchor.programDateTime)) / 1000;
    if (offset < 0) return { kind: "gap", position: anchor.start };
    if (offset < anchor.duration) return { kind: "at", position: anchor.start + offset };
  }
  return { kind: "after" };
}

/** Court time in the fragment of the address, as in `#t=1790000000000`; null if there is none. */
export function courtMsInHash(hash: string): number | null {
  const found = /^#t=(\d{10,16})$/.exec(hash);
  return found?.[1] === undefined ? null : Number(found[1]);
}
