/** Digests of a file in pieces, and the Merkle root over them (RFC 6962 §2.1), in bounded memory. */

/** A film is hashed in pieces of so many bytes; the last one may be shorter. */
export const PIECE = 1 << 20;
const DIGEST = 32;

export async function sha256(...parts: readonly BufferSource[]): Promise<Uint8Array> {
  const whole = await new Blob(parts as BlobPart[]).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

async function leaf(digest: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return sha256(Uint8Array.of(0), digest);
}

/** The root over digests, 32 bytes each, one behind the other. */
export async function merkleRoot(digests: Uint8Array<ArrayBuffer>): Promise<string> {
  let level: Uint8Array[] = [];
  for (let at = 0; at < digests.length; at += DIGEST) {
    level.push(await leaf(digests.slice(at, at + DIGEST)));
  }
  if (level.length === 0) return hex(await sha256());
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [one, other] = [level[at], level[at + 1]];
      if (one === undefined) break;
      above.push(other === undefined ? one : await node(one, other));
    }
    level = above;
  }
  return hex(level[0] ?? new Uint8Array());
}

async function node(one: Uint8Array, other: Uint8Array): Promise<Uint8Array> {
  return sha256(Uint8Array.of(1), one as BufferSource, other as BufferSource);
}

/** The digests of a file's pieces; at most one piece of it is in memory at a time. */
export async function piecesOf(
  file: Blob,
  onProgress: (share: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const digests = new Uint8Array(Math.ceil(file.size / PIECE) * DIGEST);
  for (let at = 0, number = 0; at < file.size; at += PIECE, number += 1) {
    const piece = await file.slice(at, at + PIECE).arrayBuffer();
    digests.set(new Uint8Array(await crypto.subtle.digest("SHA-256", piece)), number * DIGEST);
    onProgress(Math.min(1, (at + PIECE) / file.size));
  }
  return digests;
}

/** Which bytes of two files differ, told from the digests of their pieces; neighbours joined. */
export function differing(
  mine: Uint8Array,
  theirs: Uint8Array,
  longest: number,
): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  const count = Math.max(mine.length, theirs.length) / DIGEST;
  for (let number = 0; number < count; number += 1) {
    if (isSame(mine, theirs, number)) continue;
    const [begin, end] = [number * PIECE, Math.min((number + 1) * PIECE, longest)];
    const last = found.at(-1);
    if (last?.[1] === begin) last[1] = end;
    else found.push([begin, end]);
  }
  return found;
}

/** How many pieces two files have in common, at the same place. */
export function alike(mine: Uint8Array, theirs: Uint8Array): number {
  let count = 0;
  for (let number = 0; number * DIGEST < Math.min(mine.length, theirs.length); number += 1) {
    if (isSame(mine, theirs, number)) count += 1;
  }
  return count;
}

function isSame(one: Uint8Array, other: Uint8Array, number: number): boolean {
  const at = number * DIGEST;
  if (at + DIGEST > one.length || at + DIGEST > other.length) return false;
  for (let byte = at; byte < at + DIGEST; byte += 1) if (one[byte] !== other[byte]) return false;
  return true;
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
