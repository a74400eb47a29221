/** What can be ordered about one camera, on its tile: first place, sound, masks. */
import type { ConsoleStatus, Feed, Levels } from "../api/types";
import type { OrderedMask } from "../api/showing";
import { text } from "../language/texts";
import { confirmTwice, relabel } from "../page/confirm";
import { element, icon, setText } from "../page/dom";
import type { TilePlaces } from "./cameras";
import type { Layouts } from "./layouts";
import type { MaskDialog } from "./mask-dialog";
import { MicrophoneMeter } from "./microphone";
import { maskBox } from "./rectangle-view";
import type { Sending } from "./sending";
import { SoundSwitch } from "./sound-switch";

/** What the tools of all cameras share. */
export interface Desk {
  readonly sending: Sending;
  readonly layouts: Layouts;
  readonly masks: MaskDialog;
  readonly back: () => number;
}

export class CameraTools {
  readonly #desk: Desk;
  readonly #places: TilePlaces;
  readonly #switches: readonly SoundSwitch[];
  readonly #heard: MicrophoneMeter;
  readonly #lead = element("span", { class: "camera-lead" });
  readonly #mask: HTMLButtonElement;
  readonly #unmask: HTMLButtonElement;
  readonly #unmaskLabel = element("span", { class: "tool-label" });
  #feed: Feed;
  #status: ConsoleStatus | null = null;

  constructor(desk: Desk, feed: Feed, places: TilePlaces) {
    this.#desk = desk;
    this.#feed = feed;
    this.#places = places;
    const sound = (kind: "mute" | "voice_shift"): SoundSwitch =>
      new SoundSwitch(desk.sending, feed.camera, kind, feed.name, desk.back);
    this.#switches = feed.microphone ? [sound("mute"), sound("voice_shift")] : [];
    this.#heard = new MicrophoneMeter(feed.name);
    const about = { class: "tool", type: "button" };
    this.#mask = element("button", { ...about, "data-mark": "mask" }, icon("mask"), text("mask"));
    this.#unmask = element("button", { ...about, "data-mark": "unmask" }, this.#unmaskLabel);
    this.#mask.addEventListener("click", () => {
      desk.masks.open(this.#feed);
    });
    confirmTwice(this.#unmask, this.#unmaskLabel, text("confirmUnmask"), () => {
      this.#lift();
    });
    places.lead.append(this.#lead);
    places.lead.addEventListener("click", () => {
      desk.layouts.lead(feed.camera, feed.name);
    });
    const sounds = this.#switches.map((one) => one.pair);
    if (feed.microphone) places.tools.append(this.#heard.line);
    places.tools.append(...sounds, this.#mask, this.#unmask);
    this.offer(); // buttons have their names before the first status comes
  }

  follow(feed: Feed): void {
    this.#feed = feed;
    this.#desk.masks.follow(feed);
  }

  show(status: ConsoleStatus): void {
    this.#status = status;
    for (const one of this.#switches) one.show(status);
    const { shown } = status;
    const isFirst = shown.first === this.#feed.camera;
    const isFirstOnAir = shown.air?.first === this.#feed.camera;
    this.#places.lead.setAttribute("aria-pressed", String(isFirst));
    this.#places.lead.dataset["onAir"] = String(isFirstOnAir);
    const words = isFirst
      ? isFirstOnAir || shown.air === null
        ? text("isFirst")
        : text("isFirstSoon")
      : text("makeFirst");
    setText(this.#lead, isFirstOnAir && !isFirst ? text("isFirstOnAir") : words);
    this.#boxes(status);
    this.offer();
  }

  /** Show what the public hears of this microphone; undefined while that is nothing. */
  hear(levels: Levels | undefined): void {
    this.#heard.show(levels, this.#status?.shown.sound ?? [], this.#feed.camera);
  }

  offer(): void {
    for (const one of this.#switches) one.offer();
    const marks = this.#status?.marks ?? [];
    const { sending } = this.#desk;
    const { camera } = this.#feed;
    this.#places.lead.disabled = !this.#feed.in_program || !marks.includes("camera");
    this.#mask.disabled = !marks.includes("mask");
    const ordered = this.#ordered().length;
    this.#unmask.hidden = ordered === 0;
    this.#unmask.disabled = !marks.includes("unmask") || sending.isBusy("unmask", { camera });
    relabel(this.#unmask, this.#unmaskLabel, text("unmask", { n: ordered }));
  }

  #ordered(): readonly OrderedMask[] {
    const { camera } = this.#feed;
    return (this.#status?.shown.masks ?? []).filter((one) => one.ordered && one.camera === camera);
  }

  #boxes(status: ConsoleStatus): void {
    const { camera } = this.#feed;
    const ordered = status.shown.masks.filter((one) => one.camera === camera);
    const templates = status.shown.templates.filter((one) => one.camera === camera);
    const key = JSON.stringify([ordered, templates]);
    if (this.#places.marks.dataset["shown"] === key) return;
    this.#places.marks.dataset["shown"] = key;
    this.#places.marks.replaceChildren(
      ...templates.map((one) => maskBox(one, one.method, "template")),
      ...ordered.map((one) => maskBox(one, one.method, kindOf(one, status))),
    );
  }

  #lift(): void {
    const { camera, name } = this.#feed;
    const words = text("orderUnmask", { name });
    void this.#desk.sending.give({ order: "unmask", arguments: { camera }, name: words });
  }
}

/** A mask that the public does not have yet, or still has, looks different from one it has. */
function kindOf(mask: OrderedMask, status: ConsoleStatus): string {
  if (!mask.ordered) return "ending";
  return mask.on_air || status.shown.air === null ? "ordered" : "waiting";
}
