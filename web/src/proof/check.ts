/** Whether a file is what the court published or handed out, by the proof document of a broadcast. */
import type { Proof, ProofCopy, ProofDay } from "./document";
import { alike, differing, hex, merkleRoot, piecesOf, sha256 } from "./tree";

/** A piece of the replay is far smaller; what is larger can only be a film. */
export const LONGEST_WHOLE = 64 << 20;
const MOST_TRIED = 8;

export type Finding =
  | { readonly kind: "copy"; readonly day: string }
  | { readonly kind: "published"; readonly name: string; readonly day: string }
  | { readonly kind: "changed"; readonly places: readonly (readonly [number, number])[] }
  | { readonly kind: "unknown"; readonly namesakes: readonly string[]; readonly hasList: boolean };

/** What the check needs to fetch, so that it can be looked at without a server. */
export interface Fetching {
  readonly list: () => Promise<Uint8Array<ArrayBuffer>>;
  /** Empty where the court has not kept them. */
  readonly pieces: (copy: ProofCopy) => Promise<Uint8Array<ArrayBuffer>>;
}

/** What the court gave does not fit together: nothing can be said. */
export class DoesNotFit extends Error {}

export async function check(
  file: File,
  proof: Proof,
  fetching: Fetching,
  onProgress: (share: number) => void,
): Promise<Finding> {
  const pieces = await piecesOf(file, onProgress);
  const root = await merkleRoot(pieces);
  const copy = proof.copies.find((one) => one.root === root && one.bytes === file.size);
  if (copy !== undefined) return { kind: "copy", day: dayOf(copy) };
  const listed = await listOf(proof, fetching);
  const name = await nameIn(listed, file);
  if (name !== undefined) return { kind: "published", name, day: dayOf(proof.record) };
  const places = await compared(file.size, pieces, proof, fetching);
  if (places !== null) return { kind: "changed", places };
  const namesakes = [...listed.values()].filter((name) => name.split("/").at(-1) === file.name);
  return { kind: "unknown", namesakes, hasList: listed.size > 0 };
}

function dayOf(statement: { readonly day: ProofDay | null }): string {
  return statement.day?.day ?? "";
}

async function nameIn(listed: ReadonlyMap<string, string>, file: File): Promise<string | undefined> {
  if (file.size > LONGEST_WHOLE || listed.size === 0) return undefined;
  return listed.get(hex(await sha256(await file.arrayBuffer())));
}

/** Names by digest of the public recording's files, if the list is what the sheet names. */
async function listOf(proof: Proof, fetching: Fetching): Promise<ReadonlyMap<string, string>> {
  if (proof.public === null || proof.public.list === "") return new Map();
  const raw = await fetching.list();
  if (hex(await sha256(raw)) !== proof.record.sheet.public?.digest) throw new DoesNotFit();
  const lines = new TextDecoder().decode(raw).split("\n").filter((line) => line.length > 66);
  return new Map(lines.map((line) => [line.slice(0, 64), line.slice(66)]));
}

/** Where a file differs from the copy it is most like; null if it is like none. */
async function compared(
  size: number,
  mine: Uint8Array,
  proof: Proof,
  fetching: Fetching,
): Promise<readonly (readonly [number, number])[] | null> {
  const near = [...proof.copies].sort((a, b) => Math.abs(a.bytes - size) - Math.abs(b.bytes - size));
  let best: { readonly alike: number; readonly copy: ProofCopy; readonly theirs: Uint8Array } | null = null;
  for (const copy of near.slice(0, MOST_TRIED)) {
    const theirs = await believed(copy, fetching);
    const count = alike(mine, theirs);
    if (theirs.length === 0) continue;
    if ((count > 0 || copy.bytes === size) && (best === null || count > best.alike)) {
      best = { alike: count, copy, theirs };
    }
  }
  return best && differing(mine, best.theirs, Math.max(size, best.copy.bytes));
}

/** The digests of a copy's pieces, if they are those that the copy is named by; empty: not kept. */
async function believed(copy: ProofCopy, fetching: Fetching): Promise<Uint8Array<ArrayBuffer>> {
  const theirs = await fetching.pieces(copy);
  if (theirs.length > 0 && (await merkleRoot(theirs)) !== copy.root) throw new DoesNotFit();
  return theirs;
}
