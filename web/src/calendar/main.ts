/** The calendar's forms: a list to be imported, participants and their log, the public notice. */
import "../style/page.css";
import "../style/console.css";
import "../style/record.css";
import { patchJson, postFile, postJson, putJson } from "../api/client";
import { text } from "../language/texts";
import { byId, maybeById, setText } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { courtTimeZone } from "../page/time";
import { offerByCourt } from "./divisions";
import { hearingOf, momentOf } from "./entry";
import type { Looked } from "./list";
import { counts, stepRow, wrongRow } from "./list";
import { shapeOf } from "./plan";

/** What was looked at last, and is taken over by the button. */
let looked: { readonly path: string; readonly file: File; readonly plan: string } | null = null;

function fill(id: string, rows: readonly HTMLTableRowElement[]): void {
  const box = byId(id, HTMLElement);
  box.hidden = rows.length === 0;
  box.querySelector("tbody")?.replaceChildren(...rows);
}

function show(found: Looked): void {
  const result = byId("list-result", HTMLElement);
  result.hidden = false;
  setText(byId("list-counts", HTMLElement), counts(found));
  const ignored = byId("list-ignored", HTMLElement);
  ignored.hidden = found.ignored.length === 0;
  setText(ignored, text("listIgnored", { names: found.ignored.join(", ") }));
  fill("list-wrong", found.wrong.map(wrongRow));
  fill("list-rows", found.rows.map(stepRow));
  const isReady = found.wrong_count === 0 && !found.done && found.add + found.change > 0;
  byId("list-take", HTMLButtonElement).hidden = !isReady;
  byId("list-done", HTMLElement).hidden = !found.done;
  result.focus();
}

function importList(form: HTMLFormElement): void {
  const outcome = new Outcome(form);
  onSubmit(form, async (fields) => {
    const file = fields.get("file");
    if (!(file instanceof File)) return;
    outcome.say("");
    const path = `/api/v1/courts/${field(fields, "court")}/hearing-list`;
    const found = await postFile<Looked>(path, file);
    looked = { path, file, plan: found.plan };
    show(found);
  });
  const take = byId("list-take", HTMLButtonElement);
  take.addEventListener("click", () => {
    if (looked === null || take.disabled) return;
    take.disabled = true;
    postFile<Looked>(`${looked.path}?plan=${looked.plan}`, looked.file)
      .then(show, (error: unknown) => {
        outcome.fail(error);
      })
      .finally(() => {
        take.disabled = false;
      });
  });
}

function people(address: string): void {
  const form = maybeById("new-participant", HTMLFormElement);
  if (form !== null)
    onSubmit(form, async (fields) => {
      await postJson(`${address}/participants`, {
        role: field(fields, "role"),
        name: field(fields, "name"),
        alias: field(fields, "alias"),
      });
      location.reload();
    });
  for (const log of document.querySelectorAll<HTMLFormElement>("form[data-log]"))
    onSubmit(log, async (fields) => {
      const [kind, value] = field(fields, "what").split(".");
      await postJson(log.dataset["log"] ?? "", { kind, value, note: field(fields, "note") });
      location.reload();
    });
}

function division(address: string): void {
  const form = maybeById("division", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    await patchJson(address, { division: field(fields, "division") || null });
    location.reload();
  });
}

function announcement(address: string): void {
  const form = maybeById("announcement", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    const local = field(fields, "at");
    await postJson(`${address}/announcements`, {
      speaker: field(fields, "speaker") || null,
      note: field(fields, "note"),
      at: local === "" ? null : momentOf(local, courtTimeZone()),
    });
    location.reload();
  });
}

function notice(address: string): void {
  const publish = maybeById("publish", HTMLFormElement);
  if (publish !== null)
    onSubmit(publish, async (fields) => {
      await postJson(`${address}/notice`, { late_reason: field(fields, "late_reason") });
      location.reload();
    });
  const withdraw = maybeById("withdraw", HTMLFormElement);
  if (withdraw !== null)
    onSubmit(withdraw, async (fields) => {
      const reason = { reason: field(fields, "reason") };
      await postJson(withdraw.dataset["address"] ?? "", reason);
      location.reload();
    });
}

/** A new hearing; its page opens, where the broadcast is planned. */
function enter(form: HTMLFormElement): void {
  offerByCourt(form);
  onSubmit(form, async (fields) => {
    const room = byId("courtroom", HTMLSelectElement).selectedOptions[0];
    const hearing = hearingOf(fields, room?.dataset["zone"] ?? "");
    const made = await postJson<{ readonly id: string }>("/api/v1/hearings", hearing);
    location.assign(`/console/hearings/${made.id}`);
  });
}

function planBroadcast(form: HTMLFormElement): void {
  const { address, hearing } = form.dataset;
  onSubmit(form, async (fields) => {
    const shape = shapeOf(fields);
    if (address === undefined) await postJson("/api/v1/broadcasts", { ...shape, hearing });
    else await putJson(address, shape);
    location.reload();
  });
}

function callOff(address: string): void {
  const form = maybeById("call-off", HTMLFormElement);
  if (form === null) return;
  onSubmit(form, async (fields) => {
    const kind = field(fields, "kind");
    const given = { reason: field(fields, "reason") };
    await postJson(`${address}/${kind}`, kind === "cancellation" ? given : { ...given, until: until(fields) });
    location.reload();
  });
}

/** The new time by the court's clock; null where none was given. */
function until(fields: FormData): string | null {
  const local = field(fields, "until");
  return local === "" ? null : momentOf(local, courtTimeZone());
}

const list = maybeById("list-form", HTMLFormElement);
if (list !== null) importList(list);
const hearing = maybeById("hearing", HTMLElement);
if (hearing !== null) {
  people(hearing.dataset["address"] ?? "");
  division(hearing.dataset["address"] ?? "");
  announcement(hearing.dataset["address"] ?? "");
  notice(hearing.dataset["address"] ?? "");
  callOff(hearing.dataset["address"] ?? "");
}
const entry = maybeById("new-hearing", HTMLFormElement);
if (entry !== null) enter(entry);
const plan = maybeById("plan", HTMLFormElement);
if (plan !== null) planBroadcast(plan);
