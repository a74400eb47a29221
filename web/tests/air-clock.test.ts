import { describe, expect, it } from "vitest";
import { AirClock } from "../src/broadcast/air-clock";

describe("the clock of what is on the air", () => {
  it("runs on between messages", () => {
    const clock = new AirClock();
    clock.take(1_000_000, 50);
    expect(clock.at(250)).toBe(1_000_200);
  });

  it("believes the message that came with the least delay", () => {
    const clock = new AirClock();
    clock.take(1_000_000, 900);
    clock.take(1_001_000, 1100);
    clock.take(1_002_000, 2900);
    expect(clock.at(3100)).toBe(1_003_000);
  });

  it("follows a step of the timeline at once, back too", () => {
    const clock = new AirClock();
    clock.take(1_000_000, 0);
    clock.take(980_000, 1000);
    expect(clock.at(1000)).toBe(980_000);
  });

  it("tells nothing while nothing is on the air", () => {
    const clock = new AirClock();
    clock.take(1_000_000, 0);
    clock.take(null, 10);
    expect(clock.at(20)).toBeNull();
  });
});
