import { beforeEach, describe, expect, it } from "vitest";
import type { ConsoleStatus, Feed, OrderTaken } from "../src/api/types";
import type { Watch } from "../src/api/showing";
import { airWords } from "../src/console/air";
import { changeWords, delayOf } from "../src/console/delay";
import { arrangementWords } from "../src/console/layouts";
import { levelOf, Loudest, PeakHold, shareOf } from "../src/console/level";
import { preflight } from "../src/console/preflight";
import { loudnessWords } from "../src/console/program-sound";
import { slateArguments } from "../src/console/slate-words";
import { airedSeconds, reachWords } from "../src/console/range-dump";
import { safeNext } from "../src/console/sign-in";
import { lateWords, standingOf } from "../src/console/sound-switch";
import { Moving, secondsLeft, watchWords } from "../src/console/watch-words";
import { Confirmation, CONFIRM_MS } from "../src/page/confirm";

const STATUS: ConsoleStatus = {
  state: "live",
  air: "live",
  gate_open: true,
  delay_s: 10,
  court_time: "2026-11-23T06:00:00.000+00:00",
  air_time: "2026-11-23T05:59:50.000+00:00",
  viewers: 3,
  direct: { viewers: 0, bit_rate: 0, worst_loss_percent: 0, worst_rtt_ms: 0, rungs: [] },
  recording: true,
  disk_minutes: 600,
  clock: { off_ms: 1, kept: true },
  allowed: ["recess", "end", "dump"],
  marks: ["mute", "unmute", "layout", "camera", "delay"], announced: { done: false, words: "" },
  shown: {
    layout: "two",
    first: "c1",
    may_show: true,
    air: { layout: "two", first: "c1", delay_s: 10 },
    sound: [],
    masks: [],
    templates: [],
  },
  watch: null,
  now: "2026-11-23T06:00:00.000+00:00",
  alarms: [],
  faults: [],
};

const FEED: Feed = {
  camera: "c1",
  name: "审判席",
  microphone: true,
  in_program: true,
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
      microphones: {},
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
    expect(verdicts).toEqual(["pass", "pass", "pass", "pass", "pass"]);
  });

  it("names what is missing", () => {
    const checks = preflight({ ...STATUS, recording: false, disk_minutes: 20 }, [], 0);
    expect(checks.map(({ verdict }) => verdict)).toEqual(["fail", "warn", "fail", "fail", "pass"]);
  });

  it("warns when one of two cameras is away", () => {
    const [cameras] = preflight(STATUS, [FEED, { ...FEED, camera: "c2", ok: false }], 1);
    expect(cameras).toEqual({ name: "cameras", verdict: "warn", words: "摄像机：1 / 2 路正常" });
  });
});

describe("the clock before the start", () => {
  const verdict = (off_ms: number, kept: boolean | null): string => {
    const last = preflight({ ...STATUS, clock: { off_ms, kept } }, [FEED], 1).at(-1);
    return `${last?.verdict ?? ""} ${last?.words ?? ""}`;
  };

  it("is good where it is kept, or where the system does not say that it is not", () => {
    expect(verdict(-80, true)).toContain("pass");
    expect(verdict(0, null)).toContain("pass");
    expect(verdict(0, false)).toContain("warn");
  });

  it("is told with how far it is off", () => {
    expect(verdict(-90, true)).toBe("warn 机器时钟被调整，与庭审时钟相差 0.1 秒");
    expect(verdict(3_600_000, true)).toBe("fail 机器时钟被调整，与庭审时钟相差 3600.0 秒");
    expect(preflight(null, [FEED], 1).at(-1)?.verdict).toBe("warn");
  });
});

describe("what is cut", () => {
  const taken = (from: string): OrderTaken => ({
    sequence: 4,
    order: "range_dump",
    state: "live",
    court_time: "2026-11-23T06:00:20.000Z",
    from_time: from,
    air_time: "2026-11-23T06:00:10.040Z",
    accepted_at: "2026-11-23T06:00:20.010Z",
  });

  it("is said to have been seen where the delay did not reach", () => {
    expect(airedSeconds(taken("2026-11-23T06:00:00.000Z"), 20)).toBe(0);
    expect(airedSeconds(taken("2026-11-23T06:00:10.000Z"), 20)).toBe(10);
    expect(reachWords(10)).toContain("最近 10 秒");
    expect(reachWords(0)).toContain("没有延时");
  });
});

describe("another delay", () => {
  it("is told by what the public sees of it", () => {
    expect(changeWords(10, 30, true)).toContain("20 秒 的提示页");
    expect(changeWords(30, 10, true)).toContain("20 秒 的庭审公众永远看不到");
    expect(changeWords(30, 10, false)).toBe("直播开始时延时为 10 秒。");
    expect(changeWords(30, 30, true)).toBe("现在的延时是 30 秒。");
  });

  it.each([
    ["30", 30],
    [" 0 ", 0],
    ["1800", 1800],
    ["1801", null],
    ["-1", null],
    ["", null],
    ["1e9", null],
    ["ten", null],
  ])("typed as %j is %s", (typed, seconds) => {
    expect(delayOf(typed)).toBe(seconds);
  });
});

describe("a microphone", () => {
  const mute = { camera: "c1", kind: "mute", ordered: true, on_air: false } as const;

  it("is muted by a mark of its own or by one for all", () => {
    expect(standingOf([mute], "mute", "c1")).toMatchObject({ own: true, all: false, waits: true });
    expect(standingOf([mute], "mute", "c2")).toMatchObject({ own: false, all: false });
    expect(standingOf([{ ...mute, camera: "" }], "mute", "c2")).toMatchObject({ all: true });
    expect(standingOf([mute], "voice_shift", "c1")).toMatchObject({ own: false, waits: false });
  });

  it("is muted for the public a while longer than for the desk", () => {
    const lifted = standingOf([{ ...mute, ordered: false, on_air: true }], "mute", "c1");
    expect(lifted).toMatchObject({ own: false, lingers: true });
    expect(lateWords(lifted, true)).toBe("公众暂仍听不到原声");
    expect(lateWords(standingOf([mute], "mute", "c1"), true)).toBe("公众尚未听到此变化");
    expect(lateWords(standingOf([mute], "mute", "c1"), false)).toBe("");
  });
});

describe("the watch", () => {
  const watch: Watch = {
    needed: true,
    watcher: "张三",
    due_at: "2026-11-23T06:05:00.000+00:00",
    missed: false,
    period_s: 600,
    shows_slate: false,
  };
  const now = Date.parse(STATUS.now);

  it("counts down while somebody must confirm", () => {
    expect(secondsLeft(watch, now)).toBe(300);
    expect(secondsLeft(watch, now + 400_000)).toBe(0);
    expect(secondsLeft({ ...watch, needed: false }, now)).toBeNull();
    expect(secondsLeft(null, now)).toBeNull();
  });

  it("says who watches, or that nobody does", () => {
    expect(watchWords(watch)).toContain("张三");
    expect(watchWords({ ...watch, watcher: "" })).toContain("还没有人");
    expect(watchWords({ ...watch, missed: true })).toContain("无人按时确认");
  });

  it("cannot be kept over a picture that stands still", () => {
    const moving = new Moving();
    expect(moving.take(5, 0)).toBe(false);
    expect(moving.take(5.2, 250)).toBe(true);
    expect(moving.take(5.2, 4000)).toBe(true);
    expect(moving.take(5.2, 4300)).toBe(false);
  });
});

describe("the arrangement", () => {
  it("tells what the public does not see yet", () => {
    expect(arrangementWords(STATUS)).toBe("");
    const { shown } = STATUS;
    expect(arrangementWords({ ...STATUS, shown: { ...shown, layout: "quad" } })).toContain("10 秒");
    expect(arrangementWords({ ...STATUS, shown: { ...shown, first: "auto" } })).toBe("");
    const bare = { ...STATUS, shown: { ...shown, may_show: false } };
    expect(arrangementWords(bare)).toContain("遮挡模板");
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
