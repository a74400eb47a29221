import { beforeEach, describe, expect, it } from "vitest";
import type { Feed } from "../src/api/types";
import { Cameras } from "../src/console/cameras";

const FEED: Feed = {
  camera: "c1",
  name: "审判席",
  microphone: true,
  in_program: true,
  state: "receiving",
  issue: "",
  ok: true,
  words: "正在接收",
  detail: "H264 1920×1080",
  advice: "",
  figures: "丢包 0 %，抖动 2 毫秒",
  picture: null,
};

describe("a camera's tile", () => {
  let list: HTMLElement;
  beforeEach(() => {
    list = document.createElement("ul");
  });

  it("says how the signal comes, and what to do as soon as there is something to do", () => {
    const added: string[] = [];
    const cameras = new Cameras(list, (feed) => added.push(feed.camera));
    cameras.show([FEED]);
    const line = list.querySelector(".camera-figures");
    expect(line?.textContent).toBe(FEED.figures);
    const advice = "请检查网线。";
    cameras.show([{ ...FEED, issue: "lossy", ok: false, advice }]);
    expect(line?.textContent).toBe(advice);
    expect(line?.getAttribute("title")).toBe(FEED.figures);
    expect(list.querySelectorAll("li")).toHaveLength(1);
    expect(added).toEqual([FEED.camera]);
  });
});
