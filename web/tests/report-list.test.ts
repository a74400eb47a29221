import { describe, expect, it } from "vitest";
import type { Post } from "../src/api/types";
import { Held, merge, standingOf } from "../src/report/report-list";

function post(id: string, second: number, changes: Partial<Post> = {}): Post {
  return {
    id,
    number: second,
    state: "published",
    role: "judge",
    speaker: "",
    phase: null,
    body: `said at ${second}`,
    court_time: new Date(1_790_000_000_000 + second * 1000).toISOString(),
    photos: [],
    history: [],
    ...changes,
  };
}

const revision = {
  kind: "corrected" as const,
  role: "judge",
  speaker: "",
  body: "before",
  reason: "slip",
  at: "2026-11-23T06:00:00+00:00",
};

describe("merge", () => {
  it("lists the newest moment first, in whatever order posts come", () => {
    const posts = merge([], [post("a", 1), post("c", 3), post("b", 2)]);
    expect(posts.map(({ id }) => id)).toEqual(["c", "b", "a"]);
  });

  it("shows a post that comes twice once", () => {
    const posts = merge(merge([], [post("a", 1)]), [post("a", 1)]);
    expect(posts).toHaveLength(1);
  });

  it("puts a correction in the post's own place", () => {
    const corrected = post("a", 1, { state: "corrected", body: "after", history: [revision] });
    const posts = merge([post("b", 2), post("a", 1)], [corrected]);
    expect(posts.map(({ body }) => body)).toEqual(["said at 2", "after"]);
  });

  it("keeps the newer form when an older one comes late", () => {
    const corrected = post("a", 1, { state: "corrected", body: "after", history: [revision] });
    expect(merge([corrected], [post("a", 1)])[0]?.body).toBe("after");
  });

  it("orders posts of one moment by their number", () => {
    const posts = merge([], [post("a", 1, { number: 1 }), post("b", 1, { number: 2 })]);
    expect(posts.map(({ id }) => id)).toEqual(["b", "a"]);
  });

  it("takes a released post for newer than the held one", () => {
    const held = standingOf(post("a", 1, { state: "held" }));
    expect(standingOf(post("a", 1)).version).toBeGreaterThan(held.version);
  });
});

describe("a paused list", () => {
  it("keeps posts back, counts them once each and gives all of them on", () => {
    const held = new Held();
    held.pause();
    expect(held.take([post("a", 1)])).toEqual([]);
    expect(held.take([post("a", 1), post("b", 2)])).toEqual([]);
    expect(held.waiting).toBe(2);
    expect(held.resume().map(({ id }) => id)).toEqual(["b", "a"]);
    expect(held.waiting).toBe(0);
    expect(held.isPaused).toBe(false);
  });

  it("never keeps back that a post was withdrawn", () => {
    const held = new Held();
    held.pause();
    held.take([post("a", 1)]);
    const withdrawn = post("a", 1, { state: "withdrawn", body: null, history: [revision] });
    expect(held.take([withdrawn])).toEqual([withdrawn]);
    expect(held.resume()).toEqual([]);
  });
});
