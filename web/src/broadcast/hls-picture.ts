/** The picture by HLS: hls.js wherever it can run, the browser's own player elsewhere. */
import Hls, { type ErrorData, type HlsConfig, type LevelDetails, type LoadPolicy, type RetryConfig } from "hls.js/dist/hls.mjs";
import "hls-video-element";
import type { HlsVideoElement } from "hls-video-element";
import { text } from "../language/texts";
import { custom } from "../page/dom";
import type { Picture, Seek } from "./picture";
import { placeOf, type Anchor } from "./seek";
import { marksOf } from "./slates";

/** What the player tells its page. */
export interface Trouble {
  /** The connection is being tried again. */
  retrying(): void;
  playing(): void;
  /** Nothing more is tried. */
  failed(reason: "unsupported" | "broken"): void;
}

const RETRY_MS = 3000;
/** A decoder that fails again within this time will not be helped; later it is another failure. */
const RECOVERED_MS = 30_000;

/** The origin may restart within seconds: ask on, also where nobody answers (status 0). */
const PATIENT: RetryConfig = {
  maxNumRetry: 12,
  retryDelayMs: 500,
  maxRetryDelayMs: 2000,
  backoff: "linear",
  shouldRetry: (config, count, _timeout, response, retry) =>
    retry || (count < (config?.maxNumRetry ?? 0) && (response?.code ?? 0) === 0),
};
const SLOW: RetryConfig = { maxNumRetry: 4, retryDelayMs: 500, maxRetryDelayMs: 4000 };

function patient(maxLoadTimeMs: number): LoadPolicy {
  const times = { maxTimeToFirstByteMs: 10_000, maxLoadTimeMs };
  return { default: { ...times, timeoutRetry: SLOW, errorRetry: PATIENT } };
}

/** More pixels than that on each side of a CSS pixel cannot be told apart in moving pictures. */
const MOST_PIXEL_RATIO = 2;

const CONFIG: Partial<HlsConfig> = {
  lowLatencyMode: true,
  liveDurationInfinity: true,
  // Segments are fragmented MP4 already: nothing to repack, and no worker from a blob: address.
  enableWorker: false,
  // A picture no larger than it is seen: old phones decode 1080p late or not at all. Full screen is
  // seen larger, and what is chosen by hand holds.
  capLevelToPlayerSize: true,
  maxDevicePixelRatio: MOST_PIXEL_RATIO,
  backBufferLength: 60,
  manifestLoadPolicy: patient(20_000),
  playlistLoadPolicy: patient(20_000),
  fragLoadPolicy: patient(120_000),
};

/** The player's bar looks for a track of this kind and label. */
function previewTrack(address: string): HTMLTrackElement {
  const track = document.createElement("track");
  track.kind = "metadata";
  track.label = "thumbnails";
  track.default = true;
  track.src = address;
  return track;
}

/** What the bar calls a stretch in which a slate stands; null: it has no mark. */
function slateWord(reason: string): string | null {
  switch (reason) {
    case "recess":
    case "closed":
    case "interrupted":
      return text(reason);
    default:
      return null;
  }
}

export class HlsPicture implements Picture {
  readonly media: HTMLMediaElement;
  readonly #element: HlsVideoElement;
  readonly #address: string;
  readonly #trouble: Trouble;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #isRetrying = false;
  #isMarked = false;

  /** `preview`: address of a track of small pictures for seeking, null where there is none. */
  constructor(address: string, trouble: Trouble, preview: string | null = null) {
    this.#address = address;
    this.#trouble = trouble;
    this.media = custom("hls-video", {
      slot: "media", playsinline: true, muted: true, autoplay: true, preload: "auto", tabindex: -1,
    }) as unknown as HTMLMediaElement;
    if (preview !== null) this.media.append(previewTrack(preview));
    this.#element = this.media as unknown as HlsVideoElement;
    this.#element.config = CONFIG;
    this.media.muted = true;
    this.media.addEventListener("playing", () => {
      trouble.playing();
    });
  }

  /** Begin to load; the element must be in the page. */
  start(): void {
    if (!Hls.isSupported() && this.media.canPlayType("application/vnd.apple.mpegurl") === "") {
      this.#trouble.failed("unsupported");
      return;
    }
    this.#load();
  }

  /** Begin this far into the recording, seconds; behind its end at its end. */
  beginAt(startS: number): void {
    if (startS <= 0) return;
    this.media.addEventListener("loadedmetadata", () => {
      this.media.currentTime = startS;
    }, { once: true });
  }

  courtMs(): number | null {
    return this.#hls?.playingDate?.getTime() ?? this.#nativeCourtMs();
  }

  behindS(): number | null {
    const newest = this.#newest();
    return newest === null ? null : Math.max(0, newest - this.media.currentTime);
  }

  goLive(): void {
    const newest = this.#newest();
    if (newest !== null) this.media.currentTime = newest;
    void this.media.play().catch(() => undefined);
  }

  /** Show the moment of this court time. */
  seekTo(courtMs: number): Seek {
    const anchors = this.#anchors();
    if (anchors.length === 0) return "unknown";
    const place = placeOf(anchors, courtMs);
    if (place.kind === "before") return "gone";
    if (place.kind === "after") return this.#seekNearEdge(courtMs);
    this.media.currentTime = place.position;
    void this.media.play().catch(() => undefined);
    return place.kind === "at" ? "done" : "gap";
  }

  close(): void {
    this.#closed = true;
    this.media.pause();
    this.media.removeAttribute("src");
    this.media.remove();
  }

  get #hls(): Hls | null {
    return this.#element.api;
  }

  #load(): void {
    if (this.#closed) return;
    this.#element.setAttribute("src", this.#address);
    // The element makes its player in a microtask of its own.
    setTimeout(() => {
      this.#hls?.on(Hls.Events.ERROR, (_name, error) => {
        this.#onError(error);
      });
      this.#hls?.on(Hls.Events.LEVEL_UPDATED, (_name, { details }) => {
        if (!details.live) this.#mark(details);
      });
      this.#hls?.on(Hls.Events.FRAG_BUFFERED, () => {
        if (this.#isRetrying) this.#trouble.playing();
        this.#isRetrying = false;
      });
    }, 0);
  }

  /** Mark the slates of a replay on the bar, which looks for a track of this kind. */
  #mark(details: LevelDetails): void {
    if (this.#isMarked) return;
    this.#isMarked = true;
    const slates = Object.values(details.dateRanges).flatMap((range) => range === undefined ? [] : [{
      reason: String(range.attr["X-ORG-TINGBO-REASON"]),
      startMs: range.startDate.getTime(),
      durationS: range.duration ?? 0,
    }]);
    const cues = marksOf(slates, details.fragments).flatMap(({ start, end, reason }) => {
      const word = slateWord(reason);
      return word === null ? [] : [new VTTCue(start, end, word)];
    });
    if (cues.length === 0) return;
    const track = this.media.addTextTrack("chapters");
    for (const cue of cues) track.addCue(cue);
    track.mode = "hidden"; // has cues, shows none; the change tells the bar
  }

  #onError(error: ErrorData): void {
    if (this.#closed) return;
    if (!error.fatal) {
      if (error.type === Hls.ErrorTypes.NETWORK_ERROR) this.#retry();
      return;
    }
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && performance.now() > this.#recoveredAt + RECOVERED_MS) {
      this.#recoveredAt = performance.now();
      this.#hls?.recoverMediaError();
      return;
    }
    if (error.type !== Hls.ErrorTypes.NETWORK_ERROR) {
      this.#trouble.failed("broken");
      return;
    }
    this.#retry();
    setTimeout(() => {
      this.media.removeAttribute("src");
      this.#load();
    }, RETRY_MS);
  }

  #retry(): void {
    this.#isRetrying = true;
    this.#trouble.retrying();
  }

  /** The newest parts are in no whole segment yet: what is a few seconds ahead is the live edge. */
  #seekNearEdge(courtMs: number): Seek {
    const now = this.courtMs();
    const newest = this.#newest();
    if (now === null || newest === null) return "ahead";
    const position = this.media.currentTime + (courtMs - now) / 1000;
    if (position > newest + 1) return "ahead";
    this.media.currentTime = Math.min(position, newest);
    return "done";
  }

  #newest(): number | null {
    const { seekable } = this.media;
    const end = seekable.length > 0 ? seekable.end(seekable.length - 1) : null;
    const edge = this.#hls?.liveSyncPosition ?? end;
    const held = this.#hls?.targetLatency ?? 0;
    // The wished-for place is counted from the clock; what is loaded may end before it.
    return edge === null || end === null ? edge : Math.min(edge, end - held);
  }

  #anchors(): readonly Anchor[] {
    return this.#hls?.latestLevelDetails?.fragments ?? [];
  }

  /** Safari's player: the date of position 0, if the playlist has dates. */
  #nativeCourtMs(): number | null {
    const native = this.media as HTMLMediaElement & { getStartDate?: () => Date };
    const started = native.getStartDate?.().getTime();
    return started === undefined ? null : started + this.media.currentTime * 1000;
  }
}
