/** Layouts, the first place, and who speaks. */
import type { ConsoleStatus } from "../api/types";
import type { Layout } from "../api/showing";
import { text, type TextName } from "../language/texts";
import { byId, setText } from "../page/dom";
import { durationText } from "../page/time";
import type { Sending } from "./sending";

export const LAYOUT_NAMES: Readonly<Record<Layout, TextName>> = {
  single: "layoutSingle",
  two: "layoutTwo",
  picture_in_picture: "layoutPictureInPicture",
  quad: "layoutQuad",
  one_and_five: "layoutOneAndFive",
};

const BY_VOICE = "auto";

/** What the public does not see yet, in words; nothing where it sees what was ordered. */
export function arrangementWords(status: ConsoleStatus): string {
  const { shown } = status;
  if (!shown.may_show) return text("layoutNeedsMasks");
  const { air } = shown;
  if (air === null) return "";
  const differs =
    air.layout !== shown.layout || (shown.first !== BY_VOICE && air.first !== shown.first);
  if (!differs) return "";
  return air.delay_s > 0
    ? text("arrangementWaits", { time: durationText(air.delay_s) })
    : text("arrangementSoon");
}

export class Layouts {
  readonly #sending: Sending;
  readonly #buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-layout]")];
  readonly #follow = byId("follow-voice", HTMLButtonElement);
  readonly #words = byId("arrangement", HTMLElement);
  #status: ConsoleStatus | null = null;

  constructor(sending: Sending) {
    this.#sending = sending;
    for (const button of this.#buttons) {
      button.addEventListener("click", () => {
        this.#choose(button.dataset["layout"] as Layout);
      });
    }
    this.#follow.addEventListener("click", () => {
      this.#followVoice();
    });
  }

  show(status: ConsoleStatus): void {
    this.#status = status;
    const words = arrangementWords(status);
    this.#words.classList.toggle("is-wrong", !status.shown.may_show);
    setText(this.#words, words);
    this.offer();
  }

  offer(): void {
    if (this.#status === null) return;
    const { shown, marks } = this.#status;
    for (const button of this.#buttons) {
      const layout = button.dataset["layout"] as Layout;
      button.setAttribute("aria-pressed", String(shown.layout === layout));
      const isBusy = this.#sending.isBusy("layout", { layout });
      button.disabled = !marks.includes("layout") || isBusy;
    }
    this.#follow.setAttribute("aria-pressed", String(shown.first === BY_VOICE));
    this.#follow.disabled = !marks.includes("camera");
  }

  /** Give a camera the first place; one that has it is left in peace. */
  lead(camera: string, name: string): void {
    if (this.#status?.shown.first === camera || !this.#status?.marks.includes("camera")) return;
    const words = text("orderCamera", { name });
    void this.#sending.give({ order: "camera", arguments: { camera }, name: words });
  }

  #choose(layout: Layout): void {
    if (this.#status?.shown.layout === layout) return;
    const name = text("orderLayout", { name: text(LAYOUT_NAMES[layout]) });
    void this.#sending.give({ order: "layout", arguments: { layout }, name });
  }

  /** Again: stay with whoever has the first place now. */
  #followVoice(): void {
    const now = this.#status?.shown;
    if (now === undefined) return;
    const camera = now.first === BY_VOICE ? now.air?.first : BY_VOICE;
    if (camera === undefined || camera === "") return;
    const name = camera === BY_VOICE ? text("orderFollow") : text("orderStay");
    void this.#sending.give({ order: "camera", arguments: { camera }, name });
  }
}
