/** The technician's console of one broadcast. */
import type { ConsoleStatus, Feed, Feeds, JournalEntry, Meters } from "../api/types";
import { EventStream } from "../api/events";
import { byId } from "../page/dom";
import { courtTimeZone } from "../page/time";
import { Air } from "./air";
import { Cameras } from "./cameras";
import { addToJournal } from "./journal";
import { Orders } from "./orders";
import { preflight, showPreflight } from "./preflight";
import { ProgramSound } from "./program-sound";
import { showPublicPicture } from "./public-picture";
import { startShortcuts } from "./shortcuts";

const HEARD_DB = -50;
const HEARD_FOR_MS = 10_000;

export function startTechnician(page: HTMLElement): void {
  const broadcast = page.dataset["broadcast"] ?? "";
  const api = `/api/v1/broadcasts/${broadcast}`;
  const desk = new TechnicianDesk(api);
  const onConnection = (connected: boolean): void => {
    byId("connection", HTMLElement).hidden = connected;
  };
  new EventStream(`${api}/console/events`, desk.listeners, { onConnection }).start();
  const { thumbnail = "", hls = "" } = page.dataset;
  showPublicPicture(thumbnail, hls, () => desk.isOnAir);
  startShortcuts();
}

class TechnicianDesk {
  readonly #zone = courtTimeZone();
  readonly #air = new Air(this.#zone);
  readonly #orders: Orders;
  readonly #cameras: Cameras;
  readonly #sound = new ProgramSound();
  readonly #heard = new Map<string, number>();
  #status: ConsoleStatus | null = null;
  #feeds: readonly Feed[] = [];

  constructor(api: string) {
    this.#orders = new Orders(`${api}/orders`, this.#zone);
    this.#cameras = new Cameras(byId("cameras", HTMLElement));
  }

  get isOnAir(): boolean {
    return this.#status !== null && !["", "upcoming", "ended"].includes(this.#status.air);
  }

  readonly listeners = {
    status: (data: unknown): void => {
      this.#status = data as ConsoleStatus;
      this.#air.show(this.#status);
      this.#orders.show(this.#status);
      this.#alarms(this.#status.alarms);
      this.#check();
    },
    feeds: (data: unknown): void => {
      this.#feeds = (data as Feeds).cameras;
      this.#cameras.show(this.#feeds);
      this.#check();
    },
    meters: (data: unknown): void => {
      const now = performance.now();
      const meters = data as Meters;
      this.#sound.show(meters.program);
      for (const meter of meters.cameras) {
        this.#cameras.meter(meter);
        if (Math.max(...meter.rms_db) > HEARD_DB) this.#heard.set(meter.camera, now);
      }
    },
    journal: (data: unknown): void => {
      addToJournal(byId("journal", HTMLElement), data as JournalEntry, this.#zone);
    },
  };

  #check(): void {
    const now = performance.now();
    const heard = [...this.#heard.values()].filter((at) => now - at < HEARD_FOR_MS).length;
    showPreflight(byId("preflight", HTMLElement), preflight(this.#status, this.#feeds, heard));
  }

  #alarms(alarms: readonly string[]): void {
    const box = byId("alarms", HTMLElement);
    box.hidden = alarms.length === 0;
    const words = alarms.join("\n");
    if (box.textContent !== words) box.textContent = words;
  }
}
