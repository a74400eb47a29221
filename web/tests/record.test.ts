import { beforeEach, describe, expect, it } from "vitest";
import type { RecordCheck, RecordExport } from "../src/api/types";
import { localMs, sizeText } from "../src/page/time";
import { checkWords } from "../src/record/check";
import { copyWords, rangeTime } from "../src/record/copies";

const ZONE = "Asia/Shanghai";
const CHECK: RecordCheck = {
  state: "running",
  done: 0.459,
  by: "王工",
  asked_at: "2026-11-23T06:00:00Z",
  ended_at: null,
  whole: null,
  chunks: 0,
  findings: [],
  notes: [],
};
const COPY: RecordExport = {
  id: "x",
  by: "王工",
  asked_at: "2026-11-23T06:00:00Z",
  state: "running",
  done: 0.5,
  from_time: "2026-11-23T06:00:00Z",
  to_time: "2026-11-23T07:00:00Z",
  cameras: [],
  closed: false,
  damaged: 0,
  films: [],
};

beforeEach(() => {
  document.documentElement.lang = "en";
});

describe("a time by the court's clock", () => {
  it("is that of the court, wherever the reader sits", () => {
    expect(localMs("2026-11-23T14:00:00", ZONE)).toBe(Date.parse("2026-11-23T06:00:00Z"));
    expect(localMs("2026-11-23T14:00:00", "America/New_York")).toBe(Date.parse("2026-11-23T19:00:00Z"));
    expect(localMs("2026-03-29T03:30:00", "Europe/Berlin")).toBe(Date.parse("2026-03-29T01:30:00Z"));
    expect(localMs("soon", ZONE)).toBeNaN();
  });

  it("that was left as it was offered is the hearing's own", () => {
    const offered = "2026-11-23T14:00:00";
    expect(rangeTime(offered, offered, ZONE)).toBeNull();
    expect(rangeTime("2026-11-23T14:00", offered, ZONE)).toBeNull(); // as browsers write seconds of 00
    expect(rangeTime("2026-11-23T14:00:01", offered, ZONE)).toBe("2026-11-23T06:00:01.000Z");
    expect(rangeTime("", offered, ZONE)).toBeNull();
  });
});

describe("a check", () => {
  it("is called whole only when it is done and nothing was found", () => {
    expect(checkWords(CHECK, ZONE)).toEqual(["Checking… 45%", "plain"]);
    const done = { ...CHECK, state: "done", done: 1, ended_at: "2026-11-23T06:01:00Z", chunks: 12 } as const;
    const [whole, good] = checkWords({ ...done, whole: true }, ZONE);
    expect(good).toBe("good");
    expect(whole).toContain("2026-11-23 14:01:00");
    expect(checkWords({ ...done, whole: false }, ZONE)[1]).toBe("bad");
    expect(checkWords({ ...CHECK, state: "failed" }, ZONE)[1]).toBe("bad");
  });
});

describe("a copy", () => {
  it("says how far it is and what could not be read", () => {
    expect(copyWords(COPY)).toBe("Copying… 50%");
    expect(copyWords({ ...COPY, state: "done", damaged: 2 })).toContain("left out: 2");
    expect(copyWords({ ...COPY, state: "refused" })).toContain("Refused");
  });

  it("has a size that can be read", () => {
    expect([0, 999, 1500, 812_400, 1_440_000_000].map(sizeText)).toEqual([
      "0 B", "999 B", "1.5 kB", "812 kB", "1.4 GB",
    ]);
  });
});
