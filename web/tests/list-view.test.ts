import { beforeEach, describe, expect, it } from "vitest";
import type { Post } from "../src/api/types";
import { ListView } from "../src/report/list-view";
import { postView } from "../src/report/post-view";

const ZONE = "Asia/Shanghai";

function post(id: string, second: number, changes: Partial<Post> = {}): Post {
  return {
    id,
    number: second,
    state: "published",
    role: "presiding_judge",
    speaker: "周某",
    phase: null,
    body: "<b>现在开庭</b>",
    court_time: `2026-11-23T06:00:0${second}+00:00`,
    photos: [],
    history: [],
    ...changes,
  };
}

const corrected = post("a", 1, {
  state: "corrected",
  body: "现在继续开庭",
  history: [
    {
      kind: "corrected",
      role: "presiding_judge",
      speaker: "周某",
      body: "现在开庭",
      reason: "记录有误",
      at: "2026-11-23T06:01:00+00:00",
    },
  ],
});

let list: HTMLOListElement;
let view: ListView<Post>;

beforeEach(() => {
  document.documentElement.lang = "zh-CN";
  list = document.createElement("ol");
  document.body.replaceChildren(list);
  view = new ListView(list, (one) => postView(one, ZONE));
});

describe("the list", () => {
  it("puts a new post above the older ones and leaves those alone", () => {
    view.show([post("a", 1)]);
    const first = list.firstElementChild;
    view.show([post("b", 2)]);
    expect([...list.children].map((item) => item.id)).toEqual(["post-b", "post-a"]);
    expect(list.lastElementChild).toBe(first);
  });

  it("goes on behind what the server's page lists", () => {
    const item = document.createElement("li");
    Object.assign(item.dataset, {
      post: "a",
      courtMs: String(Date.parse("2026-11-23T06:00:01Z")),
      number: "1",
      version: "1",
    });
    list.append(item);
    view.show([post("a", 1), post("b", 2)]);
    expect(list.children).toHaveLength(2);
    expect(list.lastElementChild).toBe(item);
  });

  it("replaces a post by its correction only", () => {
    view.show([post("a", 1)]);
    view.show([corrected]);
    view.show([post("a", 1)]);
    expect(list.children).toHaveLength(1);
    expect(list.querySelector(".post-body")?.textContent).toBe("现在继续开庭");
  });
});

describe("a post", () => {
  it("is text, whatever it says", () => {
    const item = postView(post("a", 1), ZONE);
    expect(item.querySelector("b")).toBeNull();
    expect(item.querySelector(".post-body")?.textContent).toBe("<b>现在开庭</b>");
  });

  it("names role, speaker and the court's time, which leads to its moment", () => {
    const item = postView(post("a", 1), ZONE);
    expect(item.querySelector(".post-role")?.textContent).toBe("审判长");
    expect(item.querySelector(".post-speaker")?.textContent).toBe("周某");
    expect(item.querySelector("time")?.textContent).toBe("14:00:01");
    expect(item.querySelector("a")?.getAttribute("href")).toBe(
      `#t=${Date.parse("2026-11-23T06:00:01Z")}`,
    );
  });

  it("keeps what it said before, struck through, with the reason", () => {
    const item = postView(corrected, ZONE);
    expect(item.querySelector("del")?.textContent).toBe("现在开庭");
    expect(item.querySelector(".post-reason")?.textContent).toContain("记录有误");
  });

  it("leaves only a tombstone with the reason when withdrawn", () => {
    const withdrawn = post("a", 1, {
      state: "withdrawn",
      body: null,
      history: [
        { kind: "withdrawn", role: "host", speaker: "", body: null, reason: "误发", at: "" },
      ],
    });
    const item = postView(withdrawn, ZONE);
    expect(item.querySelector(".post-body")).toBeNull();
    expect(item.querySelector(".post-tombstone")?.textContent).toContain("误发");
  });

  it("describes its photos in words", () => {
    const photo = { name: "x.jpg", url: "/photos/x.jpg", alt: "法庭全景", caption: "", width: 8, height: 6 };
    const item = postView(post("a", 1, { photos: [photo] }), ZONE);
    expect(item.querySelector("img")?.getAttribute("alt")).toBe("法庭全景");
  });
});
