/** The check of a record: begun by hand, followed while it runs, its findings with their place. */
import { getJson, postJson, reasonOf } from "../api/client";
import type { CheckFinding, RecordCheck } from "../api/types";
import { text, type TextName } from "../language/texts";
import { byId, element, setText } from "../page/dom";
import { courtTimeZone, msOf, stampText } from "../page/time";
import { poll } from "./poll";

type Names = Readonly<Record<string, string>>;

/** What a check says in a sentence, and how it is meant. */
export function checkWords(check: RecordCheck, zone: string): [string, "plain" | "good" | "bad"] {
  const at = stampText(msOf(check.ended_at ?? check.asked_at), zone);
  const about = { at, name: check.by, chunks: check.chunks };
  if (check.state === "failed") return [text("checkFailed", about), "bad"];
  if (check.whole === true) return [text("checkWhole", about), "good"];
  if (check.whole === false) return [text("checkBroken", { ...about, n: check.findings.length }), "bad"];
  return [text("checkRunning", { percent: Math.floor(check.done * 100) }), "plain"];
}

/** `isChecked`: there is a check to be shown already. */
export function followChecks(address: string, names: Names, isChecked: boolean): void {
  const button = byId("check-begin", HTMLButtonElement);
  const follow = poll(async () => {
    const check = await getJson<RecordCheck>(address);
    show(check, names);
    return check.state === "waiting" || check.state === "running";
  }, fail);
  button.addEventListener("click", () => {
    button.disabled = true;
    postJson<RecordCheck>(address).then((check) => {
      show(check, names);
      follow();
    }, fail);
  });
  if (isChecked) follow();
}

function say(words: string, kind: "plain" | "good" | "bad"): void {
  const place = byId("check-words", HTMLElement);
  place.hidden = false;
  place.className = kind === "plain" ? "notice" : `notice notice-${kind}`;
  setText(place, words);
}

function fail(error: unknown): void {
  byId("check-begin", HTMLButtonElement).disabled = false;
  say(reasonOf(error, text("networkReason")), "bad");
}

function show(check: RecordCheck, names: Names): void {
  const isOver = check.state === "done" || check.state === "failed";
  byId("check-begin", HTMLButtonElement).disabled = !isOver;
  const [words, kind] = checkWords(check, courtTimeZone());
  say(words, kind);
  const progress = byId("check-progress", HTMLProgressElement);
  progress.hidden = isOver;
  progress.value = check.done;
  byId("check-found", HTMLElement).hidden = check.findings.length === 0;
  byId("check-findings", HTMLElement).replaceChildren(...check.findings.map((one) => row(one, names)));
  const notes = check.notes.map((note) => element("li", {}, note));
  byId("check-notes", HTMLElement).replaceChildren(...notes);
}

function row(finding: CheckFinding, names: Names): HTMLElement {
  const { court_time: at, camera, file, offset } = finding;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, finding.what),
    cell("checkCamera", names[camera] ?? (camera || "–")),
    cell("checkTime", at === null ? "–" : stampText(msOf(at), courtTimeZone())),
    cell("checkPlace", element("code", {}, offset > 0 ? text("byteOf", { file, offset }) : file)),
  );
}

function cell(label: TextName, child: Node | string): HTMLElement {
  return element("td", { "data-label": text(label) }, child);
}
