import { beforeEach, describe, expect, it } from "vitest";
import { clockText, durationText, spanText, stampText } from "../src/page/time";

const AT = Date.parse("2026-11-23T16:03:07.900Z");

beforeEach(() => {
  document.documentElement.lang = "zh-CN";
});

describe("court time", () => {
  it("is the court's local time, 24 hours, seconds not rounded up", () => {
    expect(clockText(AT, "Asia/Shanghai")).toBe("00:03:07");
    expect(clockText(AT, "Europe/London")).toBe("16:03:07");
  });

  it("has the court's date where the reader's differs", () => {
    expect(stampText(AT, "Asia/Shanghai")).toBe("2026-11-24 00:03:07");
  });
});

describe("spans and durations", () => {
  it.each([
    [0, "0:00"],
    [42.4, "0:42"],
    [725, "12:05"],
    [3729, "1:02:09"],
    [-3, "0:00"],
  ])("writes %d s as %s", (seconds, words) => {
    expect(spanText(seconds)).toBe(words);
  });

  it.each([
    [0, "0 秒", "0 s"],
    [10, "10 秒", "10 s"],
    [90, "1 分 30 秒", "1 min 30 s"],
    [1800, "30 分", "30 min"],
  ])("says %d s in both languages", (seconds, zh, en) => {
    expect(durationText(seconds)).toBe(zh);
    document.documentElement.lang = "en";
    expect(durationText(seconds)).toBe(en);
  });
});
