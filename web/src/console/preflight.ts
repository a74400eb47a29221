/** The list before going on the air: each line passes, warns or fails, with the reason in words. */
import type { ConsoleStatus, Feed } from "../api/types";
import { text } from "../language/texts";
import { element } from "../page/dom";

export type Verdict = "pass" | "warn" | "fail";

export interface Check {
  readonly name: "cameras" | "sound" | "recording" | "disk" | "clock";
  readonly verdict: Verdict;
  readonly words: string;
}

/** What the technician must know before the start. */
export function preflight(
  status: ConsoleStatus | null,
  feeds: readonly Feed[],
  heard: number,
): readonly Check[] {
  return [cameras(feeds), sound(heard), recording(status), disk(status), clock(status)];
}

function cameras(feeds: readonly Feed[]): Check {
  const all = feeds.length;
  const ok = feeds.filter((feed) => feed.ok).length;
  if (all === 0) return { name: "cameras", verdict: "fail", words: text("preflightNoCameras") };
  const verdict = ok === all ? "pass" : ok > 0 ? "warn" : "fail";
  return { name: "cameras", verdict, words: text("preflightCameras", { ok, all }) };
}

function sound(heard: number): Check {
  return heard > 0
    ? { name: "sound", verdict: "pass", words: text("preflightSound", { n: heard }) }
    : { name: "sound", verdict: "warn", words: text("preflightSilent") };
}

function recording(status: ConsoleStatus | null): Check {
  return status?.recording === true
    ? { name: "recording", verdict: "pass", words: text("preflightRecording") }
    : { name: "recording", verdict: "fail", words: text("preflightNotRecording") };
}

const ENOUGH_MINUTES = 240;
const LEAST_MINUTES = 60;

function disk(status: ConsoleStatus | null): Check {
  const minutes = status?.disk_minutes ?? null;
  if (minutes === null) return { name: "disk", verdict: "warn", words: text("diskUnknown") };
  const verdict = minutes >= ENOUGH_MINUTES ? "pass" : minutes >= LEAST_MINUTES ? "warn" : "fail";
  return { name: "disk", verdict, words: text("diskMinutes", { n: Math.floor(minutes) }) };
}

const CLOCK_WARNS_MS = 80;
const CLOCK_FAILS_MS = 500;

/** What is stamped with the court's clock is right if the machine's clock is. */
function clock(status: ConsoleStatus | null): Check {
  const known = status?.clock ?? null;
  if (known === null) return { name: "clock", verdict: "warn", words: text("clockUnknown") };
  const off = Math.abs(known.off_ms);
  if (off > CLOCK_WARNS_MS) {
    const words = text("clockOff", { s: (off / 1000).toFixed(1) });
    return { name: "clock", verdict: off > CLOCK_FAILS_MS ? "fail" : "warn", words };
  }
  return known.kept === false
    ? { name: "clock", verdict: "warn", words: text("clockAlone") }
    : { name: "clock", verdict: "pass", words: text("clockGood") };
}

const WORDS = { pass: "preflightPass", warn: "preflightWarn", fail: "preflightFail" } as const;

/** Show the list; it is made anew only when something in it changed. */
export function showPreflight(list: HTMLElement, checks: readonly Check[]): void {
  const key = JSON.stringify(checks);
  if (list.dataset["shown"] === key) return;
  list.dataset["shown"] = key;
  list.replaceChildren(
    ...checks.map((check) =>
      element(
        "li",
        { "data-check": check.name, "data-verdict": check.verdict },
        element("span", { class: "verdict" }, text(WORDS[check.verdict])),
        check.words,
      ),
    ),
  );
}
