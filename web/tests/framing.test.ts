import { expect, test } from "vitest";
import { Framing, framers } from "../src/embed/framing";

const NEWS = "https://news.example";
const OTHER = "https://other.example";

test("a frame goes when its site is taken off the list, and only then", () => {
  const framing = new Framing([NEWS], [NEWS]);
  expect(framing.mustGo([NEWS, OTHER])).toBe(false);
  expect(framing.mustGo([NEWS])).toBe(false);
  expect(framing.mustGo([OTHER])).toBe(true);
});

test("a frame within a frame stays where all around it may stay", () => {
  expect(new Framing([NEWS, OTHER], []).mustGo([NEWS])).toBe(true);
  expect(new Framing([NEWS, OTHER], []).mustGo([NEWS, OTHER])).toBe(false);
});

test("where the browser names no site, it judges anew whenever one was taken off", () => {
  const framing = new Framing(null, [NEWS]);
  expect(framing.mustGo([NEWS])).toBe(false);
  expect(framing.mustGo([NEWS, OTHER])).toBe(false);
  expect(framing.mustGo([OTHER])).toBe(true);
});

test("a site that was taken off while the frame opened is missed by no browser", () => {
  expect(new Framing(null, [NEWS, OTHER]).mustGo([OTHER])).toBe(true);
  expect(new Framing([NEWS], [NEWS, OTHER]).mustGo([OTHER])).toBe(true);
});

test("a page in no frame is framed by nobody", () => {
  expect(framers()).toEqual([]);
  expect(new Framing([], []).mustGo([])).toBe(false);
});

test("a browser that names no ancestors has the referrer", () => {
  const around = (referrer: string): Window =>
    ({ parent: null, location: {}, document: { referrer } }) as unknown as Window;
  expect(framers(around(`${NEWS}/a/page`))).toEqual([NEWS]);
  expect(framers(around(""))).toBeNull();
});
