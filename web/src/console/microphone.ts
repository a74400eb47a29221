/** What the public hears of one microphone, beside the buttons that mute it. */
import type { SoundMark } from "../api/showing";
import type { Levels } from "../api/types";
import { text } from "../language/texts";
import { element } from "../page/dom";
import { loudest } from "./level";
import { MeterView } from "./meters";

/** Whether the public does not hear a camera's microphone by order. */
export function isMutedOnAir(marks: readonly SoundMark[], camera: string): boolean {
  return marks.some(
    (mark) => mark.kind === "mute" && mark.on_air && (mark.camera === camera || mark.camera === ""),
  );
}

export class MicrophoneMeter {
  readonly line: HTMLElement;
  readonly #meter: MeterView;

  constructor(name: string) {
    const canvas = element("canvas", {
      class: "meter",
      role: "meter",
      "aria-label": text("heardLevel", { name }),
      "aria-valuemin": -60,
      "aria-valuemax": 0,
      "aria-valuenow": -60,
    });
    const word = element("span", { class: "meter-word" });
    const label = element("span", { class: "muted" }, text("heardOnAir"));
    this.line = element("p", { class: "microphone" }, label, canvas, word);
    this.#meter = new MeterView(canvas, word);
    this.#meter.show(null, null, text("heardNothing"));
  }

  /** A slate is not made of microphones: then there are no levels. */
  show(levels: Levels | undefined, marks: readonly SoundMark[], camera: string): void {
    const muted = isMutedOnAir(marks, camera) ? text("heardMuted") : "";
    const { rms_db: rms = [], peak_db: peak = [] } = levels ?? {};
    this.#meter.show(loudest(rms), loudest(peak), levels === undefined ? text("heardNothing") : muted);
  }
}
