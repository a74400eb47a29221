import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SoundMark } from "../src/api/showing";
import { isMutedOnAir, MicrophoneMeter } from "../src/console/microphone";

const MUTE: SoundMark = { kind: "mute", camera: "c1", ordered: true, on_air: true };
const LOUD = { rms_db: [-20], peak_db: [-9] };

beforeEach(() => {
  document.documentElement.lang = "en";
  vi.useFakeTimers({ toFake: ["performance"] });
});

describe("what the public hears of a microphone", () => {
  it("is muted by a mark of its own or for all, once the mark has reached the air", () => {
    expect(isMutedOnAir([MUTE], "c1")).toBe(true);
    expect(isMutedOnAir([{ ...MUTE, camera: "" }], "c1")).toBe(true);
    expect(isMutedOnAir([MUTE], "c2")).toBe(false);
    expect(isMutedOnAir([{ ...MUTE, on_air: false }], "c1")).toBe(false);
    expect(isMutedOnAir([{ ...MUTE, kind: "voice_shift" }], "c1")).toBe(false);
  });

  it("is shown while the room is on the air, and a muted one is no alarm", () => {
    const meter = new MicrophoneMeter("Bench");
    const word = meter.line.querySelector(".meter-word");
    expect(word?.textContent).toBe("Not on air");
    vi.advanceTimersByTime(1100);
    meter.show(LOUD, [], "c1");
    expect(word?.textContent).toContain("-20 dB");
    vi.advanceTimersByTime(1100);
    meter.show({ rms_db: [-100], peak_db: [-100] }, [MUTE], "c1");
    expect(word?.textContent).toBe("Muted");
    expect(word?.getAttribute("data-level")).toBe("none");
    vi.advanceTimersByTime(1100);
    meter.show(undefined, [], "c1");
    expect(word?.textContent).toBe("Not on air");
  });
});
