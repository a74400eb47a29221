/** How those fare who watch a broadcast by WebRTC: of `status`, once a second. */

export interface DirectSum {
  readonly viewers: number;
  /** Bit/s to all of them together. */
  readonly bit_rate: number;
  /** The worst of them. */
  readonly worst_loss_percent: number;
  readonly worst_rtt_ms: number;
}

export interface DirectRung extends DirectSum {
  /** The rendition that they get, as `v720`. */
  readonly rung: string;
}

export interface Direct extends DirectSum {
  readonly rungs: readonly DirectRung[];
}
