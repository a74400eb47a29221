/** Hiding a part of a camera's picture: draw it, say how and from when. */
import type { Feed } from "../api/types";
import type { MaskMethod, Rectangle } from "../api/showing";
import { text } from "../language/texts";
import { byId, setText } from "../page/dom";
import { durationText } from "../page/time";
import { MIDDLE, WHOLE } from "./rectangle";
import { drawnOn, movableBox, place, rectangleWords, type DrawnRectangle } from "./rectangle-view";
import type { Sending } from "./sending";

export class MaskDialog {
  readonly #sending: Sending;
  readonly #back: () => number;
  readonly #dialog = byId("mask", HTMLDialogElement);
  readonly #surface = byId("mask-surface", HTMLElement);
  readonly #image = byId("mask-image", HTMLImageElement);
  readonly #words = byId("mask-words", HTMLElement);
  readonly #form = byId("mask-form", HTMLFormElement);
  readonly #drawn: DrawnRectangle;
  #camera: Feed | null = null;

  constructor(sending: Sending, back: () => number) {
    this.#sending = sending;
    this.#back = back;
    this.#drawn = movableBox(MIDDLE, (now) => {
      setText(this.#words, rectangleWords(now));
    });
    this.#drawn.box.id = "mask-rectangle";
    this.#surface.append(this.#drawn.box);
    drawnOn(this.#surface, (rectangle) => {
      this.#set(rectangle);
    });
    byId("mask-whole", HTMLButtonElement).addEventListener("click", () => {
      this.#set(WHOLE);
    });
    byId("mask-cancel", HTMLButtonElement).addEventListener("click", () => {
      this.#dialog.close();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#give();
    });
  }

  open(camera: Feed): void {
    this.#camera = camera;
    setText(byId("mask-title", HTMLElement), text("maskTitle", { name: camera.name }));
    const back = this.#back();
    byId("mask-since", HTMLElement).hidden = back <= 0;
    setText(byId("mask-back", HTMLElement), text("fromBack", { time: durationText(back) }));
    this.#form.reset();
    this.follow(camera);
    this.#set(MIDDLE);
    this.#dialog.showModal();
    this.#drawn.box.focus();
  }

  /** Keep the picture fresh while it is drawn on. */
  follow(feed: Feed): void {
    if (feed.camera !== this.#camera?.camera) return;
    this.#image.hidden = feed.picture === null;
    if (feed.picture !== null) this.#image.src = feed.picture;
  }

  #set(rectangle: Rectangle): void {
    this.#drawn.rectangle = rectangle;
    place(this.#drawn.box, rectangle);
    this.#drawn.box.setAttribute("aria-label", rectangleWords(rectangle));
    setText(this.#words, rectangleWords(rectangle));
  }

  #give(): void {
    const camera = this.#camera;
    if (camera === null) return;
    const fields = new FormData(this.#form);
    const method: MaskMethod = fields.get("method") === "pixelate" ? "pixelate" : "fill";
    const seconds = fields.get("since") === "back" ? this.#back() : 0;
    const about = { camera: camera.camera, ...this.#drawn.rectangle, method, seconds };
    const name = text("orderMask", { name: camera.name });
    void this.#sending.give({ order: "mask", arguments: about, name });
    this.#dialog.close();
  }
}
