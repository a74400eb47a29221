import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Sending } from "../src/console/sending";
import { element } from "../src/page/dom";

const TAKEN = {
  sequence: 3,
  order: "mute",
  state: "live",
  court_time: "2026-11-23T06:00:20.000Z",
  from_time: "2026-11-23T06:00:20.000Z",
  air_time: null,
  accepted_at: "2026-11-23T06:00:20.010Z",
};
const MUTE = { order: "mute", arguments: { camera: "c1" }, name: "静音" } as const;

interface Sent {
  readonly key: string;
  readonly order: string;
}

let sent: Sent[] = [];
let answers: (() => Promise<Response>)[] = [];

function answer(): Promise<Response> {
  return Promise.resolve(Response.json(TAKEN));
}

beforeEach(() => {
  document.documentElement.lang = "zh-CN";
  document.body.replaceChildren(element("p", { id: "order-result" }));
  sent = [];
  answers = [];
  vi.stubGlobal("fetch", (_path: string, init: RequestInit) => {
    sent.push(JSON.parse(init.body as string) as Sent);
    return (answers.shift() ?? answer)();
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("an order", () => {
  it("is sent once, however often it is pressed, until the status holds it", async () => {
    const sending = new Sending("/orders", "Asia/Shanghai");
    await Promise.all([sending.give(MUTE), sending.give(MUTE)]);
    await sending.give(MUTE);
    expect(sent).toHaveLength(1);
    await sending.give({ ...MUTE, arguments: { camera: "c2" } });
    expect(sent).toHaveLength(2);
    sending.caughtUp();
    expect(sending.isBusy("mute", { camera: "c1" })).toBe(false);
  });

  it("is sent again with the same key where the network failed", async () => {
    answers = [() => Promise.reject(new TypeError("network"))];
    const sending = new Sending("/orders", "Asia/Shanghai");
    await sending.give(MUTE);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(sent).toHaveLength(2);
    expect(document.getElementById("order-result")?.dataset["kind"]).toBe("good");
  });

  it("that was refused may be given again, and the reason is said", async () => {
    const refusal = { title: "Conflict", status: 409, detail: "直播已结束。" };
    answers = [() => Promise.resolve(Response.json(refusal, { status: 409 }))];
    const sending = new Sending("/orders", "Asia/Shanghai");
    await sending.give(MUTE);
    expect(document.getElementById("order-result")?.textContent).toContain("直播已结束。");
    await sending.give(MUTE);
    expect(sent).toHaveLength(2);
  });
});
