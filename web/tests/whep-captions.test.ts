import { beforeEach, describe, expect, it } from "vitest";
import { WhepCaptions, postOf, secondsFor } from "../src/broadcast/whep-captions";

class Cue {
  readonly startTime: number;
  readonly endTime: number;
  readonly text: string;

  constructor(startTime: number, endTime: number, text: string) {
    this.startTime = startTime;
    this.endTime = endTime;
    this.text = text;
  }
}

/** What is used of a media element and its track. */
function media(): { element: HTMLVideoElement; cues: Set<Cue>; at: (seconds: number) => void } {
  const cues = new Set<Cue>();
  const element = {
    currentTime: 10,
    addTextTrack: () => ({
      addCue: (cue: Cue) => cues.add(cue),
      removeCue: (cue: Cue) => cues.delete(cue),
    }),
  };
  return {
    element: element as unknown as HTMLVideoElement,
    cues,
    at: (seconds) => {
      element.currentTime = seconds;
    },
  };
}

const post = (fields: object = {}): string =>
  JSON.stringify({ id: "p1", role: "judge", speaker: "王某", body: "现在开庭。", ...fields });

describe("captions of a picture by WebRTC", () => {
  beforeEach(() => {
    (globalThis as { VTTCue: unknown }).VTTCue = Cue;
  });

  it("show a post from the moment it comes", () => {
    const { element, cues } = media();
    new WhepCaptions(element).take(post());
    const [cue] = cues;
    expect(cue?.startTime).toBe(10);
    expect(cue?.endTime).toBe(12);
    expect(cue?.text).toContain("王某：现在开庭。");
  });

  it("follow a correction and lose what was withdrawn", () => {
    const { element, cues, at } = media();
    const captions = new WhepCaptions(element);
    captions.take(post());
    at(11);
    captions.take(post({ body: "现在休庭。" }));
    expect([...cues].map((cue) => [cue.startTime, cue.text.endsWith("休庭。")])).toEqual([[10, true]]);
    captions.take(post({ body: null }));
    expect(cues.size).toBe(0);
  });

  it("forget what was shown", () => {
    const { element, cues, at } = media();
    const captions = new WhepCaptions(element);
    captions.take(post());
    at(60);
    captions.take(post({ id: "p2" }));
    expect(cues.size).toBe(1);
  });

  it("pass over what is no post", () => {
    for (const message of ["", "{", "null", "[]", '{"id":1}', new ArrayBuffer(4)]) {
      expect(postOf(message)).toBeNull();
    }
  });

  it("stand long enough to be read, and not for ever", () => {
    expect([secondsFor("好"), secondsFor("字".repeat(24)), secondsFor("字".repeat(900))]).toEqual([2, 4, 8]);
  });
});
