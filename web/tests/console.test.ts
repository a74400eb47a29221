import { beforeEach, describe, expect, it } from "vitest";
import type { ConsoleStatus, Feed } from "../src/api/types";
import { airWords } from "../src/console/air";
import { levelOf, Loudest, PeakHold, shareOf } from "../src/console/level";
import { preflight } from "../src/console/preflight";
import { loudnessWords } from "../src/console/program-sound";
import { slateArguments } from "../src/console/slate-words";
import { safeNext } from "../src/console/sign-in";
import { Confirmation, CONFIRM_MS } from "../src/page/confirm";

const STATUS: ConsoleStatus = {
  state: "live",
  air: "live",
  gate_open: true,
  delay_s: 10,
  court_time: "2026-11-23T06:00:00.000+00:00",
  air_time: "2026-11-23T05:59:50.000+00:00",
  viewers: 3,
  recording: true,
  disk_minutes: 600,
  allowed: ["recess", "end", "dump"],
  alarms: [],
  faults: [],
};

const FEED: Feed = {
  camera: "c1",
  name: "审判席",
  state: "receiving",
  issue: "",
  ok: true,
  words: "",
  detail: "",
  advice: "",
  figures: "",
  picture: null,
};

beforeEach(() => {
  document.documentElement.lang = "zh-CN";
});

describe("what is on the air, in words", () => {
  it("is the room only while the gate is open", () => {
    expect(airWords(STATUS)).toContain("10 秒");
    expect(airWords({ ...STATUS, air_time: "2026-11-23T05:59:27.000+00:00" })).toContain("33 秒");
    expect(airWords({ ...STATUS, gate_open: false, air: "recess" })).toContain("休庭");
    expect(airWords({ ...STATUS, gate_open: false, air: "", state: "upcoming" })).toBe("尚未播出");
  });
});

describe("the programme's loudness, in words", () => {
  it("says what is not known yet and which way it is corrected", () => {
    const meter = {
      rms_db: [-26.2],
      peak_db: [-9.1],
      momentary_lufs: -22.9,
      short_term_lufs: -23.4,
      integrated_lufs: null,
      gain_db: -2.5,
    };
    const words = loudnessWords(meter);
    expect(words).toContain("−23.4 LUFS");
    expect(words).toContain("– LUFS");
    expect(words).toContain("−2.5 dB");
    expect(loudnessWords({ ...meter, gain_db: 3 })).toContain("+3.0 dB");
  });
});

describe("words for the slate", () => {
  it("go with the orders that bring one, and only where something was written", () => {
    expect(slateArguments("recess", " 评议 ", "14:30")).toEqual({ reason: "评议", until: "14:30" });
    expect(slateArguments("dump", "", "")).toEqual({});
    expect(slateArguments("resume", "评议", "14:30")).toEqual({});
  });
});

describe("preflight", () => {
  it("passes a room in order", () => {
    const verdicts = preflight(STATUS, [FEED], 1).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(["pass", "pass", "pass", "pass"]);
  });

  it("names what is missing", () => {
    const checks = preflight({ ...STATUS, recording: false, disk_minutes: 20 }, [], 0);
    expect(checks.map(({ verdict }) => verdict)).toEqual(["fail", "warn", "fail", "fail"]);
  });

  it("warns when one of two cameras is away", () => {
    const [cameras] = preflight(STATUS, [FEED, { ...FEED, camera: "c2", ok: false }], 1);
    expect(cameras).toEqual({ name: "cameras", verdict: "warn", words: "摄像机：1 / 2 路正常" });
  });
});

describe("sound levels", () => {
  it.each([
    [null, null, "none"],
    [-70, -66, "silent"],
    [-45, -30, "low"],
    [-24, -9, "good"],
    [-9, -3, "high"],
    [-9, -0.5, "clipping"],
  ])("calls %s dB (peak %s) %s", (rms, peak, word) => {
    expect(levelOf(rms, peak)).toBe(word);
  });

  it("hold their peak, then fall", () => {
    const hold = new PeakHold();
    expect(hold.take(-6, 0)).toBe(-6);
    expect(hold.take(-40, 1000)).toBe(-6);
    expect(hold.take(-40, 2000)).toBe(-16);
    expect(hold.take(-3, 2100)).toBe(-3);
  });

  it("stay at the loudest of the last seconds: a pause in speech is no silence", () => {
    const loudest = new Loudest();
    expect(loudest.take(-20, 0)).toBe(-20);
    expect(loudest.take(-70, 1000)).toBe(-20);
    expect(loudest.take(-30, 2000)).toBe(-20);
    expect(loudest.take(-70, 8500)).toBe(-30);
    expect(loudest.take(-70, 11_000)).toBe(-70);
  });

  it("fill the scale from −60 to 0", () => {
    expect([-90, -60, -30, 0, 6].map(shareOf)).toEqual([0, 0, 0.5, 1, 1]);
  });
});

describe("a confirmation", () => {
  it("takes two presses within its time", () => {
    const confirmation = new Confirmation();
    expect(confirmation.press(0)).toBe(false);
    expect(confirmation.press(CONFIRM_MS)).toBe(true);
    expect(confirmation.press(CONFIRM_MS + 1)).toBe(false);
  });

  it("begins anew after its time", () => {
    const confirmation = new Confirmation();
    confirmation.press(0);
    expect(confirmation.press(CONFIRM_MS + 1)).toBe(false);
  });
});

describe("after signing in", () => {
  it.each([
    ["/console/partners", "/console/partners"],
    ["//elsewhere.example", "/console"],
    ["/\\elsewhere.example", "/console"],
    ["https://elsewhere.example", "/console"],
    [null, "/console"],
  ])("%s leads to %s", (wish, address) => {
    expect(safeNext(wish)).toBe(address);
  });
});
