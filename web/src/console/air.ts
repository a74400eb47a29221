/** One sentence: what is on the air and what is in the room; and the two clocks. */
import type { ConsoleStatus, CourtState } from "../api/types";
import { text, type TextName } from "../language/texts";
import { byId, setText } from "../page/dom";
import { clockText, msOf, durationText } from "../page/time";

const ROOM: Readonly<Record<CourtState, TextName>> = {
  upcoming: "roomIdle",
  live: "roomSitting",
  recess: "roomRecess",
  closed: "roomClosed",
  interrupted: "roomSitting",
  ended: "roomEnded",
};

/** What is composed and sent takes this long where no delay is set. */
const HARDLY_LATE_S = 2;

/** How late the public sees the room, really: an overloaded machine adds to the delay. */
function lateness(status: ConsoleStatus): number {
  if (status.air_time === null) return status.delay_s;
  return (msOf(status.court_time) - msOf(status.air_time)) / 1000;
}

/** What the public sees, in words. */
export function airWords(status: ConsoleStatus): string {
  if (status.gate_open) {
    const late = lateness(status);
    return late > HARDLY_LATE_S
      ? text("airLive", { time: durationText(late) })
      : text("airLiveNow");
  }
  if (status.state === "upcoming" || status.air === "") return text("airNothing");
  return status.air === "ended" ? text("airEnded") : text("airSlate", { slate: text(status.air) });
}

export class Air {
  readonly #zone: string;
  #room: { readonly ms: number; readonly at: number } | null = null;
  #air: { readonly ms: number; readonly at: number } | null = null;

  constructor(zone: string) {
    this.#zone = zone;
    setInterval(() => {
      this.#tick();
    }, 200);
  }

  show(status: ConsoleStatus): void {
    const at = performance.now();
    this.#room = { ms: msOf(status.court_time), at };
    this.#air = status.air_time === null ? null : { ms: msOf(status.air_time), at };
    const sentence = byId("air-sentence", HTMLElement);
    setText(
      sentence,
      text("publicAndRoom", { air: airWords(status), room: text(ROOM[status.state]) }),
    );
    sentence.dataset["air"] = status.gate_open ? "room" : status.air;
    const label = byId("state-label", HTMLElement);
    label.dataset["state"] = status.state;
    setText(label, text(status.state));
    setText(byId("viewers", HTMLElement), text("viewers", { n: status.viewers }));
  }

  #tick(): void {
    this.#clock("room-clock", this.#room);
    this.#clock("air-clock", this.#air);
    const late = byId("air-late", HTMLElement);
    const behind =
      this.#room === null || this.#air === null
        ? null
        : this.#room.ms - this.#room.at - (this.#air.ms - this.#air.at);
    setText(late, behind === null ? "" : `−${(behind / 1000).toFixed(1)} s`);
  }

  #clock(id: string, base: { readonly ms: number; readonly at: number } | null): void {
    const place = byId(id, HTMLElement);
    if (base === null) {
      setText(place, "--:--:--");
      return;
    }
    const ms = base.ms + performance.now() - base.at;
    place.dataset["courtMs"] = String(Math.round(ms));
    setText(place, clockText(ms, this.#zone));
  }
}
