/** The room's cameras: picture, state in words, sound. */
import type { Feed, Meter } from "../api/types";
import { text } from "../language/texts";
import { custom, element, icon, setText } from "../page/dom";
import { loudest } from "./level";
import { MeterView } from "./meters";

interface Tile {
  readonly item: HTMLElement;
  readonly image: HTMLImageElement;
  readonly none: HTMLElement;
  readonly state: HTMLElement;
  readonly detail: HTMLElement;
  readonly figures: HTMLElement;
  readonly meter: MeterView;
  isLoading: boolean;
}

/** Where a tile has room for what can be ordered about its camera. */
export interface TilePlaces {
  /** The picture itself: a button that gives the camera the first place. */
  readonly lead: HTMLButtonElement;
  /** Lies over the picture. */
  readonly marks: HTMLElement;
  readonly tools: HTMLElement;
}

export class Cameras {
  readonly #list: HTMLElement;
  readonly #tiles = new Map<string, Tile>();
  readonly #added: (feed: Feed, places: TilePlaces) => void;

  /** `added` hears of each camera when its tile is made. */
  constructor(list: HTMLElement, added: (feed: Feed, places: TilePlaces) => void) {
    this.#list = list;
    this.#added = added;
  }

  show(feeds: readonly Feed[]): void {
    for (const feed of feeds) {
      const tile = this.#tiles.get(feed.camera) ?? this.#add(feed);
      tile.item.dataset["ok"] = String(feed.ok);
      tile.item.dataset["feedState"] = feed.state;
      setText(tile.state, feed.words);
      setText(tile.detail, feed.detail);
      // What to do is worth the line more than the numbers that say why.
      setText(tile.figures, feed.advice || feed.figures);
      tile.figures.title = feed.figures;
      this.#picture(tile, feed.picture);
    }
  }

  meter(level: Meter): void {
    this.#tiles.get(level.camera)?.meter.show(loudest(level.rms_db), loudest(level.peak_db));
  }

  #add(feed: Feed): Tile {
    const label = text("cameraPicture", { name: feed.name });
    const image = element("img", { alt: label, hidden: true, width: 640, height: 360 });
    const none = element("span", { class: "camera-none" }, icon("videooff"), text("noPicture"));
    const canvas = element("canvas", {
      class: "meter",
      role: "meter",
      "aria-label": text("soundLevel", { name: feed.name }),
      "aria-valuemin": -60,
      "aria-valuemax": 0,
      "aria-valuenow": -60,
    });
    const word = element("span", { class: "meter-word" }, text("cameraNoSound"));
    const state = element("span", { class: "camera-state" });
    const detail = element("span", { class: "camera-detail" });
    const figures = element("span", { class: "camera-detail camera-figures" });
    const places = placesOn(image, none);
    const item = custom("li", { class: "camera", "data-camera": feed.camera });
    item.append(
      places.lead,
      element("p", { class: "camera-line" }, element("strong", {}, feed.name), state),
      element("p", { class: "camera-line" }, detail),
      element("p", { class: "camera-line" }, figures),
      element("p", { class: "camera-sound" }, canvas, word),
      places.tools,
    );
    this.#list.append(item);
    const meter = new MeterView(canvas, word);
    const tile: Tile = { item, image, none, state, detail, figures, meter, isLoading: false };
    this.#tiles.set(feed.camera, tile);
    this.#added(feed, places);
    image.addEventListener("load", () => {
      this.#loaded(tile, true);
    });
    image.addEventListener("error", () => {
      this.#loaded(tile, false);
    });
    return tile;
  }

  #loaded(tile: Tile, hasPicture: boolean): void {
    tile.isLoading = false;
    tile.image.hidden = !hasPicture;
    tile.none.hidden = hasPicture;
  }

  /** One request per camera at a time: a slow line must not pile them up. */
  #picture(tile: Tile, address: string | null): void {
    if (address === null) {
      this.#loaded(tile, false);
      return;
    }
    if (tile.isLoading || document.visibilityState === "hidden") return;
    tile.isLoading = true;
    tile.image.src = address;
  }
}

function placesOn(image: HTMLElement, none: HTMLElement): TilePlaces {
  const marks = element("span", { class: "camera-marks" });
  return {
    lead: element("button", { class: "camera-picture", type: "button" }, image, none, marks),
    marks,
    tools: element("div", { class: "camera-tools" }),
  };
}
