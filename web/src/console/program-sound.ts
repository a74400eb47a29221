/** What the public hears: level, and loudness as EBU R 128 measures it. */
import type { ProgramMeter } from "../api/types";
import { text } from "../language/texts";
import { byId, setText } from "../page/dom";
import { loudest } from "./level";
import { MeterView } from "./meters";

/** Numbers that change ten times a second cannot be read. */
const NUMBERS_EVERY_MS = 500;

/** The programme's loudness in words: now, over the whole hearing, and what it is corrected by. */
export function loudnessWords(meter: ProgramMeter): string {
  return text("programLoudness", {
    short: lufs(meter.short_term_lufs),
    whole: lufs(meter.integrated_lufs),
    gain: `${meter.gain_db < 0 ? "−" : "+"}${Math.abs(meter.gain_db).toFixed(1)}`,
  });
}

function lufs(value: number | null): string {
  return value === null ? "–" : value.toFixed(1).replace("-", "−");
}

export class ProgramSound {
  readonly #meter = new MeterView(
    byId("program-meter", HTMLCanvasElement),
    byId("program-word", HTMLElement),
  );
  readonly #words = byId("program-loudness", HTMLElement);
  #saidAt = -Infinity;

  show(meter: ProgramMeter | null): void {
    this.#meter.show(meter && loudest(meter.rms_db), meter && loudest(meter.peak_db));
    const now = performance.now();
    if (now - this.#saidAt < NUMBERS_EVERY_MS) return;
    this.#saidAt = now;
    setText(this.#words, meter === null ? "" : loudnessWords(meter));
  }
}
