/**
 * Watching by WebRTC: WHEP (draft-ietf-wish-whep). One offer by POST, 201 with the answer and a
 * Location, PATCH when the network changes, DELETE when the viewer leaves.
 */
import { fragmentOf, iceServersOf, withFragment } from "./ice";
import { retryMs } from "./retry";

/** Unix time 0 in NTP time. */
const UNIX_IN_NTP_MS = 2_208_988_800_000;
const ANSWER_MS = 10_000;
/** A session finds its way anew so often; then HLS is the better way. */
const MOST_RESTARTS = 3;
const FRAGMENT = "application/trickle-ice-sdpfrag";
const BUNDLED = { bundlePolicy: "max-bundle" } as const;

/** The server has no place for this viewer or cannot be reached. */
export class WhepRefused extends Error {
  override readonly name = "WhepRefused";
  /** Before so many milliseconds have passed it is not to be asked again. */
  readonly retryMs: number;

  constructor(message: string, retryMs = 0) {
    super(message);
    this.retryMs = retryMs;
  }
}

/** What is used of a report of statistics (webrtc-stats §8.4). */
interface InboundRtp {
  readonly type: string;
  readonly kind?: string;
  readonly framesReceived?: number;
  readonly estimatedPlayoutTimestamp?: number;
}

export interface Received {
  /** How many pictures have come. */
  readonly pictures: number;
  /**
   * Court time of the picture that is shown now, as the sender reports tell it, Unix milliseconds;
   * null while unknown, and in browsers that do not tell.
   */
  readonly courtMs: number | null;
}

export class WhepSession {
  readonly stream = new MediaStream();
  readonly #peer = new RTCPeerConnection(BUNDLED);
  #resource: URL | undefined;
  #tag: string | null = null;
  #restarts = 0;
  #restarting = false;
  #closed = false;
  #onLost = (): void => undefined;
  readonly #kinds: readonly ("video" | "audio")[];

  readonly #onPost: ((message: unknown) => void) | undefined;

  /** `onPost` hears what comes on the data channel; without it none is opened. */
  constructor({ sound = true, onPost }: { sound?: boolean; onPost?: (message: unknown) => void } = {}) {
    this.#kinds = sound ? ["video", "audio"] : ["video"];
    this.#onPost = onPost;
  }

  /** Ask for the stream at `endpoint`; `onLost` is called once if an open session breaks. */
  async open(endpoint: string, onLost: () => void): Promise<void> {
    const peer = this.#peer;
    for (const kind of this.#kinds) peer.addTransceiver(kind, { direction: "recvonly" });
    const onPost = this.#onPost;
    if (onPost !== undefined) {
      peer.createDataChannel("report").addEventListener("message", (event: MessageEvent<unknown>) => {
        onPost(event.data);
      });
    }
    peer.addEventListener("track", (event) => {
      this.stream.addTrack(event.track);
    });
    peer.addEventListener("connectionstatechange", this.#onState);
    // Candidates are gathered only now that the answer has said with whose help (RFC 9725 §4.6);
    // waiting for them would delay the picture, and our own checks make us known anyway.
    const offer = await peer.createOffer();
    const response = await this.#post(endpoint, offer.sdp ?? "");
    useServers(peer, iceServersOf(response.headers.get("Link")));
    peer.addEventListener("icegatheringstatechange", this.#onGathered);
    await peer.setLocalDescription(offer);
    await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    this.#onLost = onLost;
    addEventListener("pagehide", this.#onPageHide);
    addEventListener("online", this.#onNetwork);
  }

  /** Whether it looks for another way to the server at this moment. */
  get isRestarting(): boolean {
    return this.#restarting;
  }

  /** What has come in so far. */
  async received(): Promise<Received> {
    for (const one of (await this.#peer.getStats()).values() as Iterable<InboundRtp>) {
      if (one.type !== "inbound-rtp" || one.kind !== "video") continue;
      const ntp = one.estimatedPlayoutTimestamp;
      const courtMs = ntp === undefined ? null : ntp - UNIX_IN_NTP_MS;
      return { pictures: one.framesReceived ?? 0, courtMs };
    }
    return { pictures: 0, courtMs: null };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    removeEventListener("pagehide", this.#onPageHide);
    removeEventListener("online", this.#onNetwork);
    const closePeer = (): void => {
      this.#peer.close();
    };
    if (this.#resource === undefined) {
      closePeer();
      return;
    }
    // The session first: with its peer gone the server would not know it any more.
    // keepalive: the request outlives the page.
    void fetch(this.#resource, { method: "DELETE", keepalive: true })
      .catch(() => undefined)
      .finally(closePeer);
  }

  readonly #onPageHide = (): void => {
    this.close();
  };

  readonly #onNetwork = (): void => {
    void this.#restart();
  };

  readonly #onState = (): void => {
    const state = this.#peer.connectionState;
    if (state === "disconnected" || state === "failed") void this.#restart();
    if (state === "closed") this.#lose();
  };

  /** Tell our candidates where the connection does not stand without them: a server behind a wall. */
  readonly #onGathered = (): void => {
    const peer = this.#peer;
    const sdp = peer.localDescription?.sdp;
    if (peer.iceGatheringState !== "complete" || sdp === undefined) return;
    if (this.#closed || this.#restarting || peer.connectionState === "connected") return;
    if (sdp.includes("a=candidate:")) void this.#patch(fragmentOf(sdp), this.#tag).catch(() => undefined);
  };

  /** Look for another way to the server: the network has changed, or the way is broken. */
  async #restart(): Promise<void> {
    if (this.#closed || this.#restarting) return;
    if (this.#tag === null || this.#restarts >= MOST_RESTARTS) {
      if (this.#peer.connectionState === "failed") this.#lose();
      return;
    }
    this.#restarts += 1;
    this.#restarting = true;
    try {
      await this.#negotiateAnew();
    } catch {
      this.#lose();
    } finally {
      this.#restarting = false;
    }
  }

  async #negotiateAnew(): Promise<void> {
    const peer = this.#peer;
    await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
    const response = await this.#patch(fragmentOf(peer.localDescription?.sdp ?? ""), "*");
    this.#tag = response.headers.get("ETag");
    const sdp = withFragment(peer.currentRemoteDescription?.sdp ?? "", await response.text());
    await peer.setRemoteDescription({ type: "answer", sdp });
  }

  #lose(): void {
    if (this.#closed) return;
    this.close();
    this.#onLost();
  }

  async #post(endpoint: string, offer: string): Promise<Response> {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/sdp" },
      body: offer,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.status !== 201) {
      const wait = retryMs(response.headers.get("Retry-After"), Date.now());
      throw new WhepRefused(String(response.status), wait);
    }
    const location = response.headers.get("Location");
    if (location !== null) this.#resource = new URL(location, new URL(endpoint, document.baseURI));
    this.#tag = response.headers.get("ETag");
    return response;
  }

  async #patch(fragment: string, tag: string | null): Promise<Response> {
    if (this.#resource === undefined) throw new WhepRefused("closed");
    const response = await fetch(this.#resource, {
      method: "PATCH",
      headers: { "Content-Type": FRAGMENT, ...(tag === null ? {} : { "If-Match": tag }) },
      body: fragment,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new WhepRefused(String(response.status));
    return response;
  }
}

function useServers(peer: RTCPeerConnection, iceServers: RTCIceServer[]): void {
  if (iceServers.length === 0) return;
  try {
    peer.setConfiguration({ ...BUNDLED, iceServers });
  } catch {
    // A browser that cannot take them any more still has the direct ways.
  }
}
