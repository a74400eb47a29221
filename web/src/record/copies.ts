/** Copies of a range of the record: asked for, followed while they are made, fetched, taken away. */
import { deleteAt, getJson, postJson, reasonOf } from "../api/client";
import type { ExportedFilm, RecordExport } from "../api/types";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, element } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";
import { courtTimeZone, isSameLocal, localMs, msOf, sizeText, stampText } from "../page/time";
import { poll } from "./poll";

type Names = Readonly<Record<string, string>>;

/**
 * What a form's range asks for. A time that was left as it was offered means the hearing's own
 * beginning or end, which does not lie on a whole second.
 */
export function rangeTime(given: string, offered: string, zone: string): string | null {
  if (isSameLocal(given, offered)) return null;
  const ms = localMs(given, zone);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** The state of a copy in a sentence. */
export function copyWords(copy: RecordExport): string {
  switch (copy.state) {
    case "done":
      return copy.damaged > 0 ? text("copyDamaged", { n: copy.damaged }) : text("copyDone");
    case "refused":
      return text("copyRefused");
    case "failed":
      return text("copyFailed");
    default:
      return text("copyRunning", { percent: Math.floor(copy.done * 100) });
  }
}

export function makeCopies(address: string, names: Names, mayClosed: boolean): void {
  const form = byId("export", HTMLFormElement);
  const outcome = new Outcome(form);
  const list = new CopyList(address, names, mayClosed, outcome);
  const follow = poll(
    () => list.load(),
    (error) => {
      outcome.fail(error);
    },
  );
  list.changed = follow;
  onSubmit(form, async (fields) => {
    const zone = courtTimeZone();
    const { from = "", to = "" } = form.dataset;
    const cameras = fields.getAll("camera");
    if (cameras.length === 0) {
      outcome.say(text("copyNoCamera"), "bad");
      return;
    }
    await postJson(address, {
      from_time: rangeTime(field(fields, "from"), from, zone),
      to_time: rangeTime(field(fields, "to"), to, zone),
      cameras,
      closed: fields.has("closed"),
    });
    outcome.say(text("copyBegun"), "good");
    follow();
  });
  follow();
}

class CopyList {
  readonly #address: string;
  readonly #names: Names;
  readonly #mayClosed: boolean;
  readonly #outcome: Outcome;
  readonly #shown = new Map<string, [string, HTMLElement]>();
  /** Called when something was taken away. */
  changed: () => void = () => undefined;

  constructor(address: string, names: Names, mayClosed: boolean, outcome: Outcome) {
    this.#address = address;
    this.#names = names;
    this.#mayClosed = mayClosed;
    this.#outcome = outcome;
  }

  /** Show the list anew; true while one of the copies is being made. */
  async load(): Promise<boolean> {
    const { exports } = await getJson<{ exports: readonly RecordExport[] }>(this.#address);
    const items = [...exports].reverse().map((copy) => this.#item(copy));
    byId("copies", HTMLElement).replaceChildren(...items);
    byId("copies-none", HTMLElement).hidden = items.length > 0;
    return exports.some((copy) => copy.state === "waiting" || copy.state === "running");
  }

  /** One that has not changed stays the same element: a question in it is not taken back. */
  #item(copy: RecordExport): HTMLElement {
    const told = JSON.stringify(copy);
    const shown = this.#shown.get(copy.id);
    if (shown?.[0] === told) return shown[1];
    const made = this.#make(copy);
    this.#shown.set(copy.id, [told, made]);
    return made;
  }

  #make(copy: RecordExport): HTMLElement {
    const zone = courtTimeZone();
    const range = `${stampText(msOf(copy.from_time), zone)} – ${stampText(msOf(copy.to_time), zone)}`;
    const cameras = copy.cameras.map((one) => this.#names[one] ?? one).join(", ");
    const asked = text("copyAsked", { name: copy.by, at: stampText(msOf(copy.asked_at), zone) });
    const item = element(
      "li",
      { "data-export": copy.id, "data-state": copy.state },
      element("p", { class: "number" }, element("strong", {}, range)),
      element("p", { class: "muted" }, cameras, copy.closed ? ` · ${text("copyClosed")}` : ""),
      element("p", { class: "muted" }, asked),
      element("p", { role: "status" }, copyWords(copy)),
    );
    if (copy.state === "waiting" || copy.state === "running") {
      item.append(element("progress", { max: 1, value: copy.done, "aria-label": range }));
    }
    if (copy.closed && !this.#mayClosed) return item;
    item.append(element("p", { class: "row-actions" }, ...this.#films(copy), this.#remover(copy)));
    return item;
  }

  #films(copy: RecordExport): HTMLElement[] {
    return copy.films.map((film: ExportedFilm) =>
      element(
        "a",
        {
          class: "button button-small",
          href: `${this.#address}/${copy.id}/${film.name}`,
          download: film.name,
          title: `SHA-256 ${film.sha256}`,
        },
        `${this.#names[film.camera] ?? film.camera} · ${sizeText(film.bytes)}`,
      ),
    );
  }

  #remover(copy: RecordExport): HTMLButtonElement {
    const isOver = copy.state !== "waiting" && copy.state !== "running";
    const label = element("span", {}, text(isOver ? "copyRemove" : "copyCancel"));
    const button = element("button", { class: "button button-small", type: "button" }, label);
    confirmTwice(button, label, text("copyRemoveConfirm"), () => {
      deleteAt(`${this.#address}/${copy.id}`).then(
        () => {
          this.changed();
        },
        (error: unknown) => {
          this.#outcome.say(reasonOf(error, text("networkReason")), "bad");
        },
      );
    });
    return button;
  }
}
