/** Buttons that mute a microphone or change its voice: from now, or from some seconds ago. */
import type { ConsoleStatus, Mark } from "../api/types";
import type { SoundMark } from "../api/showing";
import { text, type TextName } from "../language/texts";
import { confirmTwice, relabel } from "../page/confirm";
import { element, icon, setText } from "../page/dom";
import { durationText } from "../page/time";
import type { Sending } from "./sending";

interface Kind {
  readonly on: Mark;
  readonly off: Mark;
  readonly does: TextName;
  readonly did: TextName;
  readonly ask: TextName;
  readonly picture: string;
}

const KINDS: Readonly<Record<SoundMark["kind"], Kind>> = {
  mute: {
    on: "mute",
    off: "unmute",
    does: "mute",
    did: "muted",
    ask: "confirmUnmute",
    picture: "micoff",
  },
  voice_shift: {
    on: "voice_shift",
    off: "voice_plain",
    does: "changeVoice",
    did: "voiceChanged",
    ask: "confirmVoicePlain",
    picture: "voice",
  },
};

/** How a microphone stands: by a mark of its own, or by one for all. */
export interface SoundStanding {
  readonly own: boolean;
  readonly all: boolean;
  /** Ordered, and the public still hears what was before. */
  readonly waits: boolean;
  /** Lifted, and the public does not hear it yet. */
  readonly lingers: boolean;
}

export function standingOf(
  marks: readonly SoundMark[],
  kind: SoundMark["kind"],
  camera: string,
): SoundStanding {
  const its = marks.filter((mark) => mark.kind === kind);
  const mine = its.filter((mark) => mark.camera === camera || mark.camera === "");
  const ordered = mine.filter((mark) => mark.ordered);
  const onAir = mine.some((mark) => mark.on_air);
  return {
    own: ordered.some((mark) => mark.camera === camera),
    all: camera !== "" && ordered.some((mark) => mark.camera === ""),
    waits: ordered.length > 0 && !onAir,
    lingers: ordered.length === 0 && onAir,
  };
}

/** The words for a mark that the public gets only later. */
export function lateWords(standing: SoundStanding, isOnAir: boolean): string {
  if (!isOnAir) return "";
  if (standing.waits) return text("markWaits");
  return standing.lingers ? text("markLingers") : "";
}

export class SoundSwitch {
  readonly #sending: Sending;
  readonly #camera: string;
  readonly #kind: SoundMark["kind"];
  readonly #name: string;
  readonly #back: () => number;
  readonly #label = element("span", { class: "tool-label" });
  readonly #backLabel = element("span", { class: "tool-label" });
  readonly #late = element("span", { class: "tool-late" });
  readonly button: HTMLButtonElement;
  readonly #backButton: HTMLButtonElement;
  /** Both buttons, side by side. */
  readonly pair: HTMLElement;
  #standing: SoundStanding = { own: false, all: false, waits: false, lingers: false };
  #marks: readonly Mark[] = [];

  /** `camera` "" means all; `back` tells how far back the second button reaches, 0: not at all. */
  constructor(
    sending: Sending,
    camera: string,
    kind: SoundMark["kind"],
    name: string,
    back: () => number,
  ) {
    this.#sending = sending;
    this.#camera = camera;
    this.#kind = kind;
    this.#name = name;
    this.#back = back;
    const its = KINDS[kind];
    const about = { class: "tool", type: "button", "data-mark": its.on, "data-of": camera };
    this.button = element("button", about, icon(its.picture), this.#label, this.#late);
    this.#backButton = element("button", { ...about, "data-back": true }, this.#backLabel);
    this.pair = element("span", { class: "tool-pair" }, this.button, this.#backButton);
    confirmTwice(this.button, this.#label, () => this.#question(), () => {
      this.#press();
    });
    this.#backButton.addEventListener("click", () => {
      this.#give(its.on, this.#back());
    });
    this.offer(); // a button has its name before the first status comes
  }

  show(status: ConsoleStatus): void {
    this.#standing = standingOf(status.shown.sound, this.#kind, this.#camera);
    this.#marks = status.marks;
    setText(this.#late, lateWords(this.#standing, status.shown.air !== null));
    this.offer();
  }

  offer(): void {
    const its = KINDS[this.#kind];
    const { own, all } = this.#standing;
    const isOn = own || all;
    const next = own ? its.off : its.on;
    const wait = this.#isBusy(its.on) || this.#isBusy(its.off) || !this.#marks.includes(next);
    this.button.setAttribute("aria-pressed", String(isOn));
    this.button.disabled = wait || (all && !own);
    relabel(this.button, this.#label, this.#words());
    this.#offerBack(isOn, wait);
  }

  #offerBack(isOn: boolean, wait: boolean): void {
    const seconds = this.#back();
    const words = text("fromBack", { time: durationText(seconds) });
    this.#backButton.hidden = isOn || seconds <= 0;
    this.#backButton.disabled = wait;
    setText(this.#backLabel, words);
    this.#backButton.setAttribute("aria-label", `${text(KINDS[this.#kind].does)} · ${words}`);
  }

  #words(): string {
    const its = KINDS[this.#kind];
    if (this.#standing.own) return text(its.did);
    if (this.#camera === "") return this.#name;
    return this.#standing.all ? text("withAll") : text(its.does);
  }

  #isBusy(order: Mark): boolean {
    const camera = this.#camera;
    const seconds = this.#back();
    return (
      this.#sending.isBusy(order, { camera }) || this.#sending.isBusy(order, { camera, seconds })
    );
  }

  /** What brings a voice back to the public is asked twice. */
  #question(): string | null {
    return this.#standing.own ? text(KINDS[this.#kind].ask) : null;
  }

  #press(): void {
    const its = KINDS[this.#kind];
    this.#give(this.#standing.own ? its.off : its.on, 0);
  }

  #give(order: Mark, seconds: number): void {
    const its = KINDS[this.#kind];
    const deed = order === its.on ? text(its.does) : text("markEnds", { what: text(its.does) });
    const name = this.#camera === "" ? `${deed} · ${text("allMicrophones")}` : `${deed} · ${this.#name}`;
    const camera = this.#camera;
    const about = seconds > 0 ? { camera, seconds } : { camera };
    void this.#sending.give({ order, arguments: about, name });
  }
}
