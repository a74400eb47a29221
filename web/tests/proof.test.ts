import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { Proof, ProofCopy } from "../src/proof/document";
import { check, DoesNotFit, type Fetching } from "../src/proof/check";
import { findingWords, placeWords } from "../src/proof/main";
import { merkleRoot, PIECE, piecesOf } from "../src/proof/tree";

type Bytes = Uint8Array<ArrayBuffer>;

function sha(...parts: readonly Uint8Array[]): Bytes {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** RFC 6962 §2.1, written as it stands there. */
function tree(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return sha(Uint8Array.of(0), leaves[0] ?? new Uint8Array());
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(Uint8Array.of(1), tree(leaves.slice(0, k)), tree(leaves.slice(k)));
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const FILM = new Uint8Array(3 * PIECE + 5).map((_, at) => (at * 7) % 251);
const SEGMENT = new TextEncoder().encode("what the public saw");
const LIST: Bytes = new TextEncoder().encode(`${hexOf(sha(SEGMENT))}  v1/0.m4s\n`);

let pieces: Bytes;
let copy: ProofCopy;
let proof: Proof;
let fetching: Fetching;

async function found(data: Bytes, name = "film.mp4"): Promise<Awaited<ReturnType<typeof check>>> {
  return check(new File([data], name), proof, fetching, () => undefined);
}

beforeEach(async () => {
  document.documentElement.lang = "en";
  pieces = await piecesOf(new Blob([FILM]));
  copy = { root: await merkleRoot(pieces), bytes: FILM.length, pieces: "/p", day: { day: "2026-11-26" } };
  const digest = hexOf(sha(LIST));
  proof = {
    record: { sheet: { public: { digest } }, day: null },
    public: { list: "/l" },
    copies: [copy],
  };
  fetching = { list: () => Promise.resolve(LIST), pieces: () => Promise.resolve(pieces) };
});

describe("the root of a file's pieces", () => {
  it.each([1, 2, 3, 5, 8, 13])("is that of RFC 6962 over %i of them", async (count) => {
    const digests = Array.from({ length: count }, (_, number) => sha(Uint8Array.of(number)));
    const joined = new Uint8Array(Buffer.concat(digests));
    expect(await merkleRoot(joined)).toBe(hexOf(tree(digests)));
  });
});

describe("a file", () => {
  it("that the court handed out is known", async () => {
    const finding = await found(FILM);
    expect(finding).toEqual({ kind: "copy", day: "2026-11-26" });
    expect(findingWords(finding)[0]).toContain("2026-11-26");
  });

  it("that was published is known whatever it is called", async () => {
    const finding = await found(SEGMENT, "saved.mp4");
    expect(finding).toEqual({ kind: "published", name: "v1/0.m4s", day: "" });
    expect(findingWords(finding)[1]).toBe("good");
  });

  it("that was changed is told with the place", async () => {
    const changed = FILM.slice();
    changed[PIECE + 10] = 255;
    const finding = await found(changed);
    expect(finding).toEqual({ kind: "changed", places: [[PIECE, 2 * PIECE]] });
    expect(placeWords(finding)).toEqual([`It differs between byte ${PIECE} and byte ${2 * PIECE - 1}.`]);
  });

  it("that was cut short is told with the place", async () => {
    const finding = await found(FILM.slice(0, 2 * PIECE + 1));
    expect(finding).toEqual({ kind: "changed", places: [[2 * PIECE, FILM.length]] });
  });

  it("that is nothing of the court's is not called so", async () => {
    const finding = await found(new TextEncoder().encode("else"), "0.m4s");
    expect(finding).toEqual({ kind: "unknown", namesakes: ["v1/0.m4s"], hasList: true });
    expect(findingWords(finding)[1]).toBe("bad");
  });
});

describe("what the server gives", () => {
  it("is not believed if the list is another one", async () => {
    fetching = { ...fetching, list: () => Promise.resolve(new TextEncoder().encode("x".repeat(80))) };
    await expect(found(SEGMENT)).rejects.toBeInstanceOf(DoesNotFit);
  });

  it("is not believed if the pieces are another copy's", async () => {
    fetching = { ...fetching, pieces: () => Promise.resolve(new Uint8Array(64)) };
    await expect(found(new TextEncoder().encode("else"))).rejects.toBeInstanceOf(DoesNotFit);
  });
});
