/** The technician's console of one broadcast. */
import type { ConsoleStatus, Feed, Feeds, JournalEntry, Meters } from "../api/types";
import { EventStream } from "../api/events";
import { byId, setText } from "../page/dom";
import { showAnnounced, startAnnounced } from "../page/announced";
import { courtTimeZone, msOf, spanText } from "../page/time";
import { Air } from "./air";
import { Cameras } from "./cameras";
import { CameraTools, type Desk } from "./camera-tools";
import { Delay } from "./delay";
import { DirectTable } from "./direct";
import { addToJournal } from "./journal";
import { Layouts } from "./layouts";
import { MaskDialog } from "./mask-dialog";
import { Orders } from "./orders";
import { preflight, showPreflight } from "./preflight";
import { ProgramSound } from "./program-sound";
import { showPublicPicture } from "./public-picture";
import { RangeDump } from "./range-dump";
import { RoomPicture } from "./room-picture";
import { Sending } from "./sending";
import { startShortcuts } from "./shortcuts";
import { SoundSwitch } from "./sound-switch";
import { secondsLeft, watchWords } from "./watch-words";
import { text } from "../language/texts";

const HEARD_DB = -50;
const HEARD_FOR_MS = 10_000;

export function startTechnician(page: HTMLElement): void {
  const broadcast = page.dataset["broadcast"] ?? "";
  const api = `/api/v1/broadcasts/${broadcast}`;
  const desk = new TechnicianDesk(api, `/console/broadcasts/${broadcast}/cameras`);
  const onConnection = (connected: boolean): void => {
    byId("connection", HTMLElement).hidden = connected;
  };
  new EventStream(`${api}/console/events`, desk.listeners, { onConnection }).start();
  const { thumbnail = "", hls = "" } = page.dataset;
  showPublicPicture(thumbnail, hls, () => desk.isOnAir);
  startShortcuts();
  startAnnounced();
}

/** A part of the desk that offers orders. */
interface Control {
  /** Follow the state once a second. */
  show(status: ConsoleStatus): void;
  /** Look again which buttons may be pressed. */
  offer(): void;
}

class TechnicianDesk {
  readonly #zone = courtTimeZone();
  readonly #air = new Air(this.#zone);
  readonly #sending: Sending;
  readonly #cameras: Cameras;
  readonly #sound = new ProgramSound();
  readonly #direct = new DirectTable();
  readonly #tools = new Map<string, CameraTools>();
  readonly #controls: readonly Control[];
  readonly #heard = new Map<string, number>();
  #status: ConsoleStatus | null = null;
  #feeds: readonly Feed[] = [];

  constructor(api: string, room: string) {
    const sending = new Sending(`${api}/orders`, this.#zone);
    this.#sending = sending;
    const back = (): number => this.#back();
    const layouts = new Layouts(sending);
    const desk: Desk = { sending, layouts, masks: new MaskDialog(sending, back), back };
    const every = new SoundSwitch(sending, "", "mute", text("muteAll"), back);
    every.button.dataset["key"] = "m";
    every.button.setAttribute("aria-keyshortcuts", "m");
    byId("mute-all", HTMLElement).append(every.pair);
    this.#controls = [new Orders(sending), new RangeDump(sending), layouts, new Delay(sending), every];
    this.#cameras = new Cameras(byId("cameras", HTMLElement), (feed, places) => {
      this.#tools.set(feed.camera, new CameraTools(desk, feed, places));
      new RoomPicture(`${room}/${feed.camera}/whep`, places);
    });
    sending.changed = () => {
      for (const one of this.#all()) one.offer();
    };
    byId("back", HTMLSelectElement).addEventListener("change", sending.changed);
  }

  get isOnAir(): boolean {
    return this.#status !== null && !["", "upcoming", "ended"].includes(this.#status.air);
  }

  readonly listeners = {
    status: (data: unknown): void => {
      this.#status = data as ConsoleStatus;
      this.#air.show(this.#status);
      this.#sending.caughtUp();
      byId("recess-talk", HTMLElement).hidden = this.#status.state !== "recess";
      byId("reach", HTMLElement).hidden = this.#status.delay_s <= 0;
      for (const one of this.#all()) one.show(this.#status);
      this.#alarms(this.#status.alarms);
      this.#watch(this.#status);
      showAnnounced(this.#status.announced);
      this.#direct.show(this.#status.direct);
      this.#check();
    },
    feeds: (data: unknown): void => {
      this.#feeds = (data as Feeds).cameras;
      this.#cameras.show(this.#feeds);
      for (const feed of this.#feeds) this.#tools.get(feed.camera)?.follow(feed);
      this.#check();
    },
    meters: (data: unknown): void => {
      const now = performance.now();
      const meters = data as Meters;
      this.#sound.show(meters.program);
      for (const [camera, tools] of this.#tools) tools.hear(meters.program?.microphones[camera]);
      for (const meter of meters.cameras) {
        this.#cameras.meter(meter);
        if (Math.max(...meter.rms_db) > HEARD_DB) this.#heard.set(meter.camera, now);
      }
    },
    journal: (data: unknown): void => {
      addToJournal(byId("journal", HTMLElement), data as JournalEntry, this.#zone);
    },
  };

  #all(): readonly Control[] {
    return [...this.#controls, ...this.#tools.values()];
  }

  /** How far back a mark reaches that is to act on what the delay still holds. */
  #back(): number {
    const isLate = (this.#status?.delay_s ?? 0) > 0;
    return isLate ? Number(byId("back", HTMLSelectElement).value) : 0;
  }

  #check(): void {
    const now = performance.now();
    const heard = [...this.#heard.values()].filter((at) => now - at < HEARD_FOR_MS).length;
    showPreflight(byId("preflight", HTMLElement), preflight(this.#status, this.#feeds, heard));
  }

  #watch(status: ConsoleStatus): void {
    const { watch } = status;
    byId("watch-line", HTMLElement).hidden = watch?.needed !== true && watch?.missed !== true;
    setText(byId("watch-words", HTMLElement), watchWords(watch));
    const left = secondsLeft(watch, msOf(status.now));
    setText(byId("watch-left", HTMLElement), left === null ? "" : spanText(left));
  }

  #alarms(alarms: readonly string[]): void {
    const box = byId("alarms", HTMLElement);
    box.hidden = alarms.length === 0;
    const words = alarms.join("\n");
    if (box.textContent === words) return;
    box.textContent = words;
    // Who writes a form now writes it about this.
    const form = byId("incidents-link", HTMLAnchorElement);
    form.search = words === "" ? "" : new URLSearchParams({ what: words }).toString();
  }
}
