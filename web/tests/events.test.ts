import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { delayBefore, EventStream, resumeAt, type Source } from "../src/api/events";

/** A source whose events the test sends. */
class FakeSource implements Source {
  readonly #target = new EventTarget();
  readonly address: string;
  isOpen = true;

  constructor(address: string) {
    this.address = address;
  }

  addEventListener(type: string, listener: (event: Event) => void): void {
    this.#target.addEventListener(type, listener);
  }

  close(): void {
    this.isOpen = false;
  }

  say(name: string, data: unknown, lastEventId = ""): void {
    this.#target.dispatchEvent(
      new MessageEvent(name, { data: JSON.stringify(data), lastEventId }),
    );
  }

  tell(name: "open" | "error"): void {
    this.#target.dispatchEvent(new Event(name));
  }
}

let sources: FakeSource[];
const heard: unknown[] = [];
const connected: boolean[] = [];

function stream(after?: string): EventStream {
  const listeners = {
    post: (data: unknown) => {
      heard.push(data);
    },
  };
  return new EventStream("/events", listeners, {
    after,
    chance: () => 0,
    onConnection: (is) => {
      connected.push(is);
    },
    open: (address) => {
      const source = new FakeSource(address);
      sources.push(source);
      return source;
    },
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  sources = [];
  heard.length = 0;
  connected.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

describe("an event stream", () => {
  it("comes back behind the last event it saw", () => {
    stream().start();
    sources[0]?.say("post", { id: "a" }, "17-1");
    sources[0]?.tell("error");
    expect(sources[0]?.isOpen).toBe(false);
    vi.advanceTimersByTime(1000);
    expect(sources.map(({ address }) => address)).toEqual(["/events", "/events?after=17-1"]);
    expect(heard).toEqual([{ id: "a" }]);
  });

  it("begins behind what the page already holds", () => {
    stream("9-3").start();
    expect(sources[0]?.address).toBe("/events?after=9-3");
  });

  it("waits longer after each failure, and shortly again after a success", () => {
    stream().start();
    for (const wait of [250, 500, 1000]) {
      sources.at(-1)?.tell("error");
      const before = sources.length;
      vi.advanceTimersByTime(wait - 1);
      expect(sources).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(sources).toHaveLength(before + 1);
    }
    sources.at(-1)?.tell("open");
    sources.at(-1)?.tell("error");
    vi.advanceTimersByTime(250);
    expect(sources).toHaveLength(5);
    expect(connected).toEqual([false, false, false, true, false]);
  });

  it("does not take an event for seen that could not be used", () => {
    stream().start();
    sources[0]?.say("post", { id: "a" }, "1-1");
    sources[0]?.say("other", {}, "2-2");
    sources[0]?.tell("error");
    vi.advanceTimersByTime(1000);
    expect(sources[1]?.address).toBe("/events?after=1-1");
  });

  it("stays closed when stopped", () => {
    const its = stream();
    its.start();
    sources[0]?.tell("error");
    its.stop();
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(1);
  });
});

describe("pure parts", () => {
  it("bounds the wait", () => {
    expect(delayBefore(0, 1)).toBe(500);
    expect(delayBefore(50, 1)).toBe(15_000);
    expect(delayBefore(50, 0)).toBe(7500);
  });

  it("adds the place to an address", () => {
    expect(resumeAt("/e", "")).toBe("/e");
    expect(resumeAt("/e?x=1", "a b")).toBe("/e?x=1&after=a%20b");
  });
});
