/**
 * Watching by WebRTC: WHEP (draft-ietf-wish-whep). One offer by POST, 201 with the answer and a
 * Location, DELETE when the viewer leaves.
 */

/** Unix time 0 in NTP time. */
const UNIX_IN_NTP_MS = 2_208_988_800_000;
const GATHERING_MS = 1500;
const ANSWER_MS = 10_000;

/** The server has no place for this viewer or cannot be reached. */
export class WhepRefused extends Error {
  override readonly name = "WhepRefused";
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
   * When the picture that is shown now left the server, by the server's own clock (RTCP), Unix
   * milliseconds; null while unknown, and in browsers that do not tell.
   */
  readonly sentMs: number | null;
}

export class WhepSession {
  readonly stream = new MediaStream();
  readonly #peer = new RTCPeerConnection();
  #resource: URL | undefined;
  #closed = false;

  /** Ask for the stream at `endpoint`; `onLost` is called once if an open session breaks. */
  async open(endpoint: string, onLost: () => void): Promise<void> {
    const peer = this.#peer;
    peer.addTransceiver("video", { direction: "recvonly" });
    peer.addTransceiver("audio", { direction: "recvonly" });
    peer.addEventListener("track", (event) => {
      this.stream.addTrack(event.track);
    });
    peer.addEventListener("connectionstatechange", () => {
      if (!["failed", "closed"].includes(peer.connectionState) || this.#closed) return;
      this.close();
      onLost();
    });
    await peer.setLocalDescription();
    await gathered(peer);
    const answer = await this.#exchange(endpoint, peer.localDescription?.sdp ?? "");
    await peer.setRemoteDescription({ type: "answer", sdp: answer });
    addEventListener("pagehide", this.#onPageHide);
  }

  /** What has come in so far. */
  async received(): Promise<Received> {
    for (const one of (await this.#peer.getStats()).values() as Iterable<InboundRtp>) {
      if (one.type !== "inbound-rtp" || one.kind !== "video") continue;
      const ntp = one.estimatedPlayoutTimestamp;
      const sentMs = ntp === undefined ? null : ntp - UNIX_IN_NTP_MS;
      return { pictures: one.framesReceived ?? 0, sentMs };
    }
    return { pictures: 0, sentMs: null };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    removeEventListener("pagehide", this.#onPageHide);
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

  async #exchange(endpoint: string, offer: string): Promise<string> {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/sdp" },
      body: offer,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.status !== 201) throw new WhepRefused(String(response.status));
    const location = response.headers.get("Location");
    if (location !== null) this.#resource = new URL(location, new URL(endpoint, document.baseURI));
    return response.text();
  }
}

/** Wait until the offer names this machine's addresses, or long enough. */
async function gathered(peer: RTCPeerConnection): Promise<void> {
  if (peer.iceGatheringState === "complete") return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GATHERING_MS);
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      resolve();
    });
  });
}
