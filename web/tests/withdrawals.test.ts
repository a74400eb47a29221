import { describe, expect, it } from "vitest";
import { choice, placeWords } from "../src/withdrawals/names";
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

describe("where a name stands", () => {
  const one = {
    hearing: "h1", title: "<b>甲</b>", case_number: "（2026）苏07民初1号", places: ["hearing", "report"],
  };

  it("is chosen unless it is withdrawn there already", () => {
    const open = choice({ ...one, withdrawn: false }).querySelector("input");
    expect([open?.checked, open?.disabled, open?.value]).toEqual([true, false, "h1"]);
    const gone = choice({ ...one, withdrawn: true }).querySelector("input");
    expect([gone?.checked, gone?.disabled]).toEqual([false, true]);
  });

  it("is told in words, and titles are text", () => {
    const item = choice({ ...one, withdrawn: false });
    expect(item.querySelector("b")).toBeNull();
    expect(item.textContent).toContain("<b>甲</b>");
    expect(item.textContent).toContain(placeWords(one.places));
  });
});
