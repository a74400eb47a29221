/** Sound meters: a bar with scale and peak hold, ten times a second, and the level in a word. */
import { text, type TextName } from "../language/texts";
import { setText } from "../page/dom";
import { levelOf, Loudest, PeakHold, shareOf, TICKS_DB, type Level } from "./level";

/** Words and the value for screen readers change at most this often. */
const WORDS_EVERY_MS = 1000;

const WORDS: Readonly<Record<Level, TextName>> = {
  none: "cameraNoSound",
  silent: "cameraQuiet",
  low: "cameraLow",
  good: "cameraGood",
  high: "cameraLoud",
  clipping: "cameraClipped",
};

export class MeterView {
  readonly #canvas: HTMLCanvasElement;
  readonly #word: HTMLElement;
  readonly #hold = new PeakHold();
  readonly #loudest = new Loudest();
  #saidAt = -Infinity;

  constructor(canvas: HTMLCanvasElement, word: HTMLElement) {
    this.#canvas = canvas;
    this.#word = word;
    this.#draw(null, null);
  }

  /** Show levels in dBFS; null where no sound comes in. `instead` is said instead of the level. */
  show(rms: number | null, peak: number | null, instead = ""): void {
    const now = performance.now();
    const held = peak === null ? null : this.#hold.take(peak, now);
    const loudest = rms === null ? null : this.#loudest.take(rms, now);
    this.#draw(rms, held);
    if (now - this.#saidAt < WORDS_EVERY_MS) return;
    this.#saidAt = now;
    if (instead === "") this.#say(levelOf(loudest, held), loudest);
    else this.#tell("none", rms, instead);
  }

  #say(level: Level, rms: number | null): void {
    const word = text(WORDS[level]);
    this.#tell(level, rms, rms === null ? word : `${word} ${Math.round(rms)} dB`);
  }

  #tell(level: Level, rms: number | null, words: string): void {
    setText(this.#word, words);
    this.#word.dataset["level"] = level;
    this.#canvas.setAttribute("aria-valuenow", String(Math.round(rms ?? -60)));
    this.#canvas.setAttribute("aria-valuetext", words);
  }

  #draw(rms: number | null, held: number | null): void {
    const canvas = this.#canvas;
    const scale = devicePixelRatio;
    const width = Math.round(canvas.clientWidth * scale);
    const height = Math.round(canvas.clientHeight * scale);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const pen = canvas.getContext("2d");
    if (pen === null) return;
    const style = getComputedStyle(canvas);
    const fill = (name: string, from: number, to: number): void => {
      pen.fillStyle = style.getPropertyValue(name);
      pen.fillRect(from * width, 0, Math.max(0, to - from) * width, height);
    };
    fill("--sunken", 0, 1);
    const level = rms === null ? 0 : shareOf(rms);
    fill("--meter-good", 0, Math.min(level, shareOf(-12)));
    fill("--meter-high", shareOf(-12), Math.min(level, shareOf(-3)));
    fill("--meter-clip", shareOf(-3), level);
    for (const tick of TICKS_DB) fill("--line", shareOf(tick), shareOf(tick) + scale / width);
    if (held !== null) fill("--ink", shareOf(held), shareOf(held) + (2 * scale) / width);
  }
}
