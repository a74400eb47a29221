/** One camera on the page of mask templates: its newest picture, and the rectangles on it. */
import type { Feed } from "../api/types";
import type { MaskMethod, Rectangle, TemplateMask } from "../api/showing";
import { text } from "../language/texts";
import { custom, element } from "../page/dom";
import { MIDDLE } from "./rectangle";
import { drawnOn, maskBox, movableBox, rectangleWords } from "./rectangle-view";

/** A rectangle while it is worked on. */
export interface Draft {
  rectangle: Rectangle;
  method: MaskMethod;
  readonly layout: TemplateMask["layout"];
  readonly camera: string;
}

export interface CardOwner {
  readonly layout: TemplateMask["layout"];
  drafts(camera: string): readonly Draft[];
  add(camera: string, rectangle: Rectangle): void;
  remove(draft: Draft): void;
  changed(): void;
}

export class TemplateCard {
  readonly item: HTMLElement;
  readonly #camera: string;
  readonly #owner: CardOwner;
  readonly #image: HTMLImageElement;
  readonly #boxes = element("div", { class: "template-boxes" });
  readonly #list = element("ol", { class: "plain-list" });

  constructor(feed: Feed, owner: CardOwner) {
    this.#camera = feed.camera;
    this.#owner = owner;
    this.#image = element("img", { alt: text("cameraPicture", { name: feed.name }), hidden: true });
    const surface = element("div", { class: "mask-surface" }, this.#image, this.#boxes);
    const add = element("button", { class: "button button-small", type: "button" }, text("templateAdd"));
    add.addEventListener("click", () => {
      owner.add(this.#camera, MIDDLE);
      this.#boxes.querySelector<HTMLElement>(".mask-drawn:last-of-type")?.focus();
    });
    drawnOn(this.#boxes, (rectangle) => {
      this.#preview(rectangle);
    }, (rectangle) => {
      owner.add(this.#camera, rectangle);
    });
    this.item = custom("li", { class: "template-card panel", "data-camera": feed.camera });
    this.item.append(element("h2", {}, feed.name), surface, element("p", {}, add), this.#list);
    this.follow(feed);
    this.show();
  }

  follow(feed: Feed): void {
    this.#image.hidden = feed.picture === null;
    if (feed.picture !== null) this.#image.src = feed.picture;
  }

  /** Draw everything anew: the layout was changed, or a rectangle came or went. */
  show(): void {
    const drafts = this.#owner.drafts(this.#camera);
    const every = drafts.filter((draft) => draft.layout !== this.#owner.layout);
    const mine = drafts.filter((draft) => draft.layout === this.#owner.layout);
    this.#boxes.replaceChildren(
      ...every.map((draft) => maskBox(draft.rectangle, draft.method, "template")),
    );
    this.#list.replaceChildren();
    for (const draft of mine) this.#draft(draft);
  }

  #draft(draft: Draft): void {
    const words = element("span", { class: "number" }, rectangleWords(draft.rectangle));
    const { box } = movableBox(draft.rectangle, (now) => {
      draft.rectangle = now;
      words.textContent = rectangleWords(now);
      this.#owner.changed();
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Delete") this.#owner.remove(draft);
    });
    this.#boxes.append(box);
    this.#list.append(element("li", { class: "template-line" }, words, this.#method(draft), this.#remove(draft)));
  }

  #method(draft: Draft): HTMLElement {
    const select = element("select", { "aria-label": text("templateMethod") });
    for (const method of ["fill", "pixelate"] as const) {
      const words = text(method === "fill" ? "maskFill" : "maskPixelate");
      select.append(element("option", { value: method, selected: draft.method === method }, words));
    }
    select.addEventListener("change", () => {
      draft.method = select.value === "pixelate" ? "pixelate" : "fill";
      this.#owner.changed();
    });
    return select;
  }

  #remove(draft: Draft): HTMLElement {
    const button = element("button", { class: "tool", type: "button" }, text("templateRemove"));
    button.addEventListener("click", () => {
      this.#owner.remove(draft);
    });
    return button;
  }

  #preview(rectangle: Rectangle): void {
    this.#boxes.querySelector(".mask-preview")?.remove();
    this.#boxes.append(maskBox(rectangle, "fill", "preview"));
  }
}
