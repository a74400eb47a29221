import { describe, expect, it } from "vitest";
import { marksOf } from "../src/broadcast/slates";
import type { Anchor } from "../src/broadcast/seek";

const START = 1_790_000_000_000;

/** Ten seconds, then twenty that are in no recording, then ten more. */
const ANCHORS: readonly Anchor[] = [
  { start: 0, duration: 10, programDateTime: START },
  { start: 10, duration: 10, programDateTime: START + 30_000 },
];

function slate(reason: string, startS: number, durationS: number): { reason: string; startMs: number; durationS: number } {
  return { reason, startMs: START + startS * 1000, durationS };
}

describe("marksOf", () => {
  it("puts each slate where it is played", () => {
    const [recess, closed] = marksOf([slate("closed", 32, 4), slate("recess", 3, 5)], ANCHORS);
    expect(recess).toMatchObject({ reason: "recess", start: 3 });
    expect(recess?.end).toBeCloseTo(8, 2);
    expect(closed).toMatchObject({ reason: "closed", start: 12 });
    expect(closed?.end).toBeCloseTo(16, 2);
  });

  it("goes over what is left out", () => {
    const [mark] = marksOf([slate("recess", 6, 29)], ANCHORS);
    expect(mark?.start).toBe(6);
    expect(mark?.end).toBeCloseTo(15, 2);
  });

  it("ends where the recording ends", () => {
    expect(marksOf([slate("ended", 36, 40)], ANCHORS)).toEqual([{ reason: "ended", start: 16, end: 20 }]);
  });

  it("marks nothing that cannot be pointed at or played", () => {
    expect(marksOf([slate("interrupted", 5, 0.4), slate("recess", 80, 5), slate("recess", -9, 5)], ANCHORS)).toEqual([]);
    expect(marksOf([slate("recess", 5, 5)], [])).toEqual([]);
  });
});
