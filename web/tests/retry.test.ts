import { describe, expect, it } from "vitest";
import { retryMs } from "../src/broadcast/retry";

const NOW = Date.parse("Fri, 27 Nov 2026 02:00:00 GMT");

describe("when a server may be asked again", () => {
  it("understands seconds and dates", () => {
    expect(retryMs("10", NOW)).toBe(10_000);
    expect(retryMs(" 0 ", NOW)).toBe(0);
    expect(retryMs("Fri, 27 Nov 2026 02:00:05 GMT", NOW)).toBe(5000);
  });

  it("waits for nothing it cannot understand, and never for ever", () => {
    expect(retryMs(null, NOW)).toBe(0);
    expect(retryMs("soon", NOW)).toBe(0);
    expect(retryMs("Thu, 26 Nov 2026 02:00:00 GMT", NOW)).toBe(0);
    expect(retryMs("99999999999", NOW)).toBe(600_000);
  });
});
