/** The page of a courtroom's mask templates: what its pictures always hide, by layout. */
import type { Feed, Feeds } from "../api/types";
import type { Layout, Rectangle, TemplateMask, Templates } from "../api/showing";
import { getJson, putJson, reasonOf } from "../api/client";
import { EventStream } from "../api/events";
import { text } from "../language/texts";
import { byId, setText } from "../page/dom";
import { TemplateCard, type CardOwner, type Draft } from "./template-card";

export function startTemplates(page: HTMLElement): void {
  const { broadcast = "", courtroom = "" } = page.dataset;
  const desk = new TemplateDesk(`/api/v1/courtrooms/${courtroom}/masks`);
  void desk.load();
  const listeners = {
    feeds: (data: unknown): void => {
      desk.follow((data as Feeds).cameras);
    },
  };
  new EventStream(`/api/v1/broadcasts/${broadcast}/console/events`, listeners).start();
}

class TemplateDesk implements CardOwner {
  readonly #address: string;
  readonly #list = byId("template-cards", HTMLElement);
  readonly #required = byId("masks-required", HTMLInputElement);
  readonly #save = byId("templates-save", HTMLButtonElement);
  readonly #outcome = byId("templates-outcome", HTMLElement);
  readonly #tabs = [...document.querySelectorAll<HTMLButtonElement>("button[data-layout]")];
  readonly #cards = new Map<string, TemplateCard>();
  #drafts: Draft[] = [];
  layout: TemplateMask["layout"] = "";

  constructor(address: string) {
    this.#address = address;
    for (const tab of this.#tabs) {
      tab.disabled = false;
      tab.addEventListener("click", () => {
        this.#choose(tab.dataset["layout"] as Layout | "");
      });
    }
    this.#required.addEventListener("change", () => {
      this.changed();
    });
    this.#save.addEventListener("click", () => void this.#put());
    this.#choose("");
  }

  async load(): Promise<void> {
    try {
      this.#take(await getJson<Templates>(this.#address));
    } catch (error) {
      this.#say(text("failed", { reason: reasonOf(error, text("networkReason")) }));
    }
  }

  follow(feeds: readonly Feed[]): void {
    for (const feed of feeds) {
      const known = this.#cards.get(feed.camera);
      if (known !== undefined) {
        known.follow(feed);
        continue;
      }
      const card = new TemplateCard(feed, this);
      this.#cards.set(feed.camera, card);
      this.#list.append(card.item);
    }
  }

  /** A camera's rectangles in this layout, and those of every layout. */
  drafts(camera: string): readonly Draft[] {
    const its = this.#drafts.filter((draft) => draft.camera === camera);
    return its.filter((draft) => draft.layout === "" || draft.layout === this.layout);
  }

  add(camera: string, rectangle: Rectangle): void {
    this.#drafts.push({ camera, rectangle, method: "fill", layout: this.layout });
    this.#changed(camera);
  }

  remove(gone: Draft): void {
    this.#drafts = this.#drafts.filter((draft) => draft !== gone);
    this.#changed(gone.camera);
  }

  changed(): void {
    this.#save.disabled = false;
    this.#say(text("templatesUnsaved"));
  }

  #changed(camera: string): void {
    this.#cards.get(camera)?.show();
    this.changed();
  }

  #choose(layout: TemplateMask["layout"]): void {
    this.layout = layout;
    for (const tab of this.#tabs) {
      tab.setAttribute("aria-pressed", String(tab.dataset["layout"] === layout));
    }
    for (const card of this.#cards.values()) card.show();
  }

  #take(templates: Templates): void {
    this.#required.checked = templates.required;
    this.#drafts = templates.masks.map(({ layout, camera, method, x, y, width, height }) => ({
      layout,
      camera,
      method,
      rectangle: { x, y, width, height },
    }));
    for (const card of this.#cards.values()) card.show();
  }

  async #put(): Promise<void> {
    this.#save.disabled = true;
    const masks = this.#drafts.map(({ layout, camera, method, rectangle }) => ({
      layout,
      camera,
      method,
      ...rectangle,
    }));
    try {
      await putJson<Templates>(this.#address, { required: this.#required.checked, masks });
      this.#say(text("templatesSaved"));
    } catch (error) {
      this.#save.disabled = false;
      this.#say(text("failed", { reason: reasonOf(error, text("networkReason")) }));
    }
  }

  #say(words: string): void {
    setText(this.#outcome, words);
  }
}
