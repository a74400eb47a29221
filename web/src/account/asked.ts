/** What the account's forms send. [pure] */

const DAY_MS = 86_400_000;

/** The moment some days after `now` (Unix milliseconds), as the API takes it. */
export function expiryAfter(days: number, now: number): string {
  return new Date(now + days * DAY_MS).toISOString();
}

/** What an invitation's link carries behind its `#`; a text that no invitation has if it is none. */
export function invitationSecret(hash: string): string {
  const found = /^#([\w-]{1,64})$/.exec(hash);
  return found?.[1] ?? "none";
}

/** What the link of a letter carries behind `#mail=`; "" where there is none. */
export function mailSecret(hash: string): string {
  return /^#mail=([\w-]{1,64})$/.exec(hash)?.[1] ?? "";
}
