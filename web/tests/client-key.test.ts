import { afterEach, describe, expect, it, vi } from "vitest";
import { newClientKey } from "../src/page/client-key";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a client's key", () => {
  it("is 32 digits and another each time", () => {
    const keys = new Set(Array.from({ length: 100 }, newClientKey));
    expect(keys.size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is there on plain HTTP too, where browsers have no randomUUID", () => {
    const getRandomValues = (bytes: Uint8Array): Uint8Array => bytes.fill(10);
    vi.stubGlobal("crypto", { getRandomValues });
    expect(newClientKey()).toBe("0a".repeat(16));
  });
});
