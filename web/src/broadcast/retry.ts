/** When a server that had no room may be asked again: `Retry-After` (RFC 9110 §10.2.3). */

/** Nobody is sent away for longer, whatever a header says. */
const MOST_MS = 10 * 60_000;

/** Milliseconds to wait, 0 where the header says nothing that can be understood. */
export function retryMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MOST_MS);
}
