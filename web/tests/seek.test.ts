import { describe, expect, it } from "vitest";
import { courtMsInHash, placeOf, type Anchor } from "../src/broadcast/seek";

const START = 1_790_000_000_000;

/** Two pieces, then 10 s that are in no recording, then a third piece. */
const ANCHORS: readonly Anchor[] = [
  { start: 0, duration: 2, programDateTime: START },
  { start: 2, duration: 2, programDateTime: START + 2000 },
  { start: 4, duration: 2, programDateTime: START + 14_000 },
];

describe("placeOf", () => {
  it("finds the position of a moment", () => {
    expect(placeOf(ANCHORS, START + 3250)).toEqual({ kind: "at", position: 3.25 });
    expect(placeOf(ANCHORS, START + 14_500)).toEqual({ kind: "at", position: 4.5 });
  });

  it("goes to what follows a gap", () => {
    expect(placeOf(ANCHORS, START + 9000)).toEqual({ kind: "gap", position: 4 });
  });

  it("finds moments on both sides of a jump back", () => {
    // A longer delay: what was on the air is shown once more.
    const twice = [
      { start: 0, duration: 2, programDateTime: START + 60_000 },
      { start: 2, duration: 2, programDateTime: START + 30_000 },
      { start: 4, duration: 2, programDateTime: START + 32_000 },
    ];
    expect(placeOf(twice, START + 33_000)).toEqual({ kind: "at", position: 5 });
    expect(placeOf(twice, START + 61_000)).toEqual({ kind: "at", position: 1 });
    expect(placeOf(twice, START + 40_000)).toEqual({ kind: "gap", position: 0 });
    expect(placeOf(twice, START + 29_000)).toEqual({ kind: "before" });
    expect(placeOf(twice, START + 62_000)).toEqual({ kind: "after" });
  });

  it("knows what is before and after all that can be played", () => {
    expect(placeOf(ANCHORS, START - 1)).toEqual({ kind: "before" });
    expect(placeOf(ANCHORS, START + 16_000)).toEqual({ kind: "after" });
  });

  it("leaves out pieces without a time", () => {
    const undated = { start: 0, duration: 2, programDateTime: null };
    expect(placeOf([undated], START)).toEqual({ kind: "before" });
    const dated = { start: 2, duration: 2, programDateTime: START };
    expect(placeOf([undated, dated], START)).toEqual({ kind: "at", position: 2 });
  });
});

describe("the moment in an address", () => {
  it.each([
    ["#t=1790000000000", 1_790_000_000_000],
    ["#t=12", null],
    ["#t=1790000000000x", null],
    ["#report", null],
    ["", null],
  ])("%s", (hash, ms) => {
    expect(courtMsInHash(hash)).toBe(ms);
  });
});
