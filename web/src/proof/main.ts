/** Evidence: a visitor checks a file, which never leaves the device; daily roots and keys are print. */
import "../style/page.css";
import "../style/record.css";
import { ApiProblem, getBytes, getJson, reasonOf } from "../api/client";
import { text } from "../language/texts";
import { byId, element, maybeById, setText } from "../page/dom";
import { offerPrint } from "../page/print";
import { check, DoesNotFit, type Finding } from "./check";
import type { Proof } from "./document";

const MOST_PLACES = 20;
type Kind = "plain" | "good" | "bad";

/** What was found in a sentence, and how it is meant. */
export function findingWords(finding: Finding): [string, Kind] {
  switch (finding.kind) {
    case "copy":
      return [`${text("proofCopy")} ${dayWords(finding.day)}`, "good"];
    case "published":
      return [`${text("proofPublished", { name: finding.name })} ${dayWords(finding.day)}`, "good"];
    case "changed":
      return [text("proofChanged"), "bad"];
    case "unknown":
      return [unknownWords(finding.namesakes, finding.hasList), finding.hasList ? "bad" : "plain"];
  }
}

function dayWords(day: string): string {
  return day === "" ? text("proofNoDay") : text("proofDay", { day });
}

function unknownWords(namesakes: readonly string[], hasList: boolean): string {
  if (!hasList) return text("proofNoList");
  if (namesakes.length === 0) return text("proofUnknown");
  return `${text("proofUnknown")} ${text("proofNamesake", { name: namesakes.slice(0, MOST_PLACES).join(", ") })}`;
}

/** The places that differ, as lines. */
export function placeWords(finding: Finding): string[] {
  if (finding.kind !== "changed") return [];
  const lines = finding.places
    .slice(0, MOST_PLACES)
    .map(([begin, end]) => text("proofPlace", { begin, end: end - 1 }));
  const rest = finding.places.length - lines.length;
  return rest > 0 ? [...lines, text("proofMorePlaces", { n: rest })] : lines;
}

function say(words: string, kind: Kind, places: readonly string[] = []): void {
  const place = byId("check-words", HTMLElement);
  place.hidden = false;
  place.className = kind === "plain" ? "notice" : `notice notice-${kind}`;
  setText(place, words);
  byId("check-places", HTMLElement).replaceChildren(...places.map((line) => element("li", {}, line)));
}

async function judge(file: File, address: string): Promise<void> {
  const progress = byId("check-progress", HTMLProgressElement);
  progress.hidden = false;
  progress.value = 0;
  say(text("proofReading"), "plain");
  try {
    const proof = await getJson<Proof>(address);
    const fetching = {
      list: () => getBytes(proof.public?.list ?? ""),
      pieces: (copy: { readonly pieces: string }) => getBytes(copy.pieces).catch(nothingIfGone),
    };
    const finding = await check(file, proof, fetching, (share) => {
      progress.value = share;
    });
    say(...findingWords(finding), placeWords(finding));
  } catch (error) {
    say(failureWords(error), "bad");
  } finally {
    progress.hidden = true;
  }
}

function nothingIfGone(error: unknown): Uint8Array<ArrayBuffer> {
  if (error instanceof ApiProblem && error.status === 404) return new Uint8Array();
  throw error;
}

function failureWords(error: unknown): string {
  if (error instanceof DoesNotFit) return text("proofDoesNotFit");
  if (error instanceof DOMException) return text("proofUnreadable");
  return reasonOf(error, text("networkReason"));
}

function offerCheck(address: string): void {
  const input = byId("check-file", HTMLInputElement);
  // WebCrypto is there on pages that came safely only: HTTPS, or this machine's own.
  if (!window.isSecureContext) {
    say(text("proofNotSecure"), "plain");
    return;
  }
  input.disabled = false;
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file === undefined) return;
    input.disabled = true;
    void judge(file, address).finally(() => {
      input.disabled = false;
    });
  });
}

const proof = maybeById("proof", HTMLElement);
if (proof !== null) offerCheck(proof.dataset["proof"] ?? "");
offerPrint();
