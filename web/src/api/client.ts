/** Requests to the server's API: JSON in, JSON out, problems as `ApiProblem`. */
import type { Problem } from "./types";

const TIMEOUT_MS = 15_000;

/** A request the server refused, with its reason in the reader's language. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly string[];

  constructor(problem: Problem) {
    super(sentenceOf(problem));
    this.name = "ApiProblem";
    this.status = problem.status;
    this.code = problem.code ?? "";
    this.fields = (problem.errors ?? []).map((error) => error.field);
  }
}

function sentenceOf(problem: Problem): string {
  const fields = (problem.errors ?? []).map((error) => error.message);
  const told = [problem.detail ?? "", ...fields].filter((sentence) => sentence !== "");
  return told.length > 0 ? [...new Set(told)].join(" ") : problem.title;
}

export async function getJson<T>(path: string): Promise<T> {
  return send<T>(path, { method: "GET" });
}

/** The bytes at an address, whatever they are. */
export async function getBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(path, {
    credentials: "same-origin",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new ApiProblem(await problemOf(response));
  return new Uint8Array(await response.arrayBuffer());
}

export async function postJson<T>(path: string, body: unknown = {}): Promise<T> {
  return send<T>(path, jsonRequest("POST", body));
}

export async function putJson<T>(path: string, body: unknown): Promise<T> {
  return send<T>(path, jsonRequest("PUT", body));
}

export async function patchJson<T>(path: string, body: unknown): Promise<T> {
  return send<T>(path, jsonRequest("PATCH", body));
}

export async function postForm<T>(path: string, form: FormData): Promise<T> {
  return send<T>(path, { method: "POST", body: form });
}

export async function postFile<T>(path: string, file: Blob): Promise<T> {
  const headers = { "Content-Type": "application/octet-stream" };
  return send<T>(path, { method: "POST", headers, body: file });
}

export async function deleteAt(path: string): Promise<void> {
  await send<unknown>(path, { method: "DELETE" });
}

function jsonRequest(method: string, body: unknown): RequestInit {
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** The type parameter is what the address promises by contract; it is not checked at run time. */
async function send<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, {
    credentials: "same-origin",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...init,
  });
  if (!response.ok) throw new ApiProblem(await problemOf(response));
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

async function problemOf(response: Response): Promise<Problem> {
  const plain = { title: response.statusText || String(response.status), status: response.status };
  try {
    const body = (await response.json()) as Partial<Problem>;
    return { ...plain, ...body };
  } catch {
    return plain; // a proxy's own error page
  }
}

/** The sentence to show for whatever was thrown. */
export function reasonOf(error: unknown, fallback: string): string {
  return error instanceof ApiProblem ? error.message : fallback;
}
