import { describe, expect, it } from "vitest";
import { orderOf } from "../src/withdrawals/order";

function fields(values: Readonly<Record<string, string>>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) data.set(name, value);
  return data;
}

describe("a withdrawal's order", () => {
  it("gives a stretch by the court's clock", () => {
    const given = fields({
      kind: "range", reason: "minor", note: "", since: "2026-11-26T09:30:00", until: "2026-11-26T09:31:00",
    });
    expect(orderOf(given, "Asia/Shanghai")).toMatchObject({
      kind: "range", since: "2026-11-26T01:30:00.000Z", until: "2026-11-26T01:31:00.000Z",
    });
  });

  it("says nothing of what is not asked for", () => {
    const order = orderOf(fields({ kind: "broadcast", reason: "order", note: " why " }), "Asia/Shanghai");
    expect(order).toEqual({ kind: "broadcast", reason: "order", note: "why" });
  });
});
