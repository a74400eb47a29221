/** Keys by which the server knows the same request when it is sent again. */

const BYTES = 16;

/**
 * A new key of 128 random bits, 32 hexadecimal digits.
 *
 * Not `crypto.randomUUID`: browsers have that only on HTTPS and on the same machine, and a court's
 * own network may well be plain HTTP.
 */
export function newClientKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
