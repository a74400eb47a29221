/**
 * A server-sent event stream that comes back: after an error it is opened again, later each time,
 * behind the last event that was seen. (An EventSource resumes a broken connection by itself but
 * gives up for good on an error answer, as while the server restarts.)
 * While the page is hidden the stream is closed: browsers allow six connections to one server over
 * HTTP/1.1 for all tabs together, and what was missed is caught up with on return.
 */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

export type Listeners = Readonly<Record<string, (data: unknown) => void>>;

/** What is used of an EventSource. */
export interface Source {
  addEventListener(type: string, listener: (event: Event) => void): void;
  close(): void;
}

export interface Options {
  /** Id of the last event that the page already holds. */
  readonly after?: string | undefined;
  readonly onConnection?: (connected: boolean) => void;
  readonly open?: (address: string) => Source;
  /** Number between 0 and 1 that spreads the readers after a restart of the server. */
  readonly chance?: () => number;
}

/** Milliseconds to wait before the attempt with this number (0 is the first after a break). */
export function delayBefore(attempt: number, chance: number): number {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return Math.round(delay * (0.5 + chance / 2));
}

/** The address that resumes behind the event with this id. */
export function resumeAt(address: string, after: string | undefined): string {
  if (after === undefined || after === "") return address;
  const mark = address.includes("?") ? "&" : "?";
  return `${address}${mark}after=${encodeURIComponent(after)}`;
}

export class EventStream {
  readonly #address: string;
  readonly #listeners: Listeners;
  readonly #options: Options;
  #source: Source | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #after: string | undefined;

  constructor(address: string, listeners: Listeners, options: Options = {}) {
    this.#address = address;
    this.#listeners = listeners;
    this.#options = options;
    this.#after = options.after;
  }

  start(): void {
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#connect();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#disconnect();
  }

  readonly #onVisibility = (): void => {
    if (document.visibilityState === "hidden") this.#disconnect();
    else if (this.#source === undefined) this.#connect();
  };

  #disconnect(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #connect(): void {
    this.#disconnect();
    const open = this.#options.open ?? ((address: string) => new EventSource(address));
    const source = open(resumeAt(this.#address, this.#after));
    this.#source = source;
    source.addEventListener("open", () => {
      this.#attempt = 0;
      this.#options.onConnection?.(true);
    });
    source.addEventListener("error", () => {
      this.#later();
    });
    for (const [name, listener] of Object.entries(this.#listeners)) {
      source.addEventListener(name, (event) => {
        this.#receive(event as MessageEvent<string>, listener);
      });
    }
  }

  #receive(event: MessageEvent<string>, listener: (data: unknown) => void): void {
    listener(JSON.parse(event.data));
    // Only after it was taken in: an event that could not be used comes again.
    if (event.lastEventId !== "") this.#after = event.lastEventId;
  }

  #later(): void {
    this.#disconnect();
    this.#options.onConnection?.(false);
    const chance = (this.#options.chance ?? Math.random)();
    this.#timer = setTimeout(() => {
      this.#connect();
    }, delayBefore(this.#attempt++, chance));
  }
}
