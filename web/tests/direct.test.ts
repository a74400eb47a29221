import { beforeEach, expect, it } from "vitest";
import { element } from "../src/page/dom";
import { cellsOf, DirectTable, rungWords } from "../src/console/direct";

const SUM = { viewers: 12, bit_rate: 24_300_000, worst_loss_percent: 1.26, worst_rtt_ms: 41.4 };

beforeEach(() => {
  document.documentElement.lang = "en";
  const rows = element("table", {}, element("tbody", { id: "direct-rows" }));
  document.body.replaceChildren(element("section", { id: "direct" }, rows));
});

it("writes numbers as people read them", () => {
  expect(cellsOf(SUM)).toEqual(["12", "24.3 Mbit/s", "1.3 %", "41 ms"]);
  expect(cellsOf({ ...SUM, worst_rtt_ms: 0 }).at(-1)).toBe("–");
  expect(rungWords("v720")).toBe("720p");
  expect(rungWords("opus")).toBe("opus");
});

it("shows a row for each size and one for all, and hides itself without viewers", () => {
  const table = new DirectTable();
  table.show({ ...SUM, rungs: [{ ...SUM, viewers: 4, rung: "v360" }, { ...SUM, viewers: 8, rung: "v720" }] });
  const rows = [...document.querySelectorAll("tr")].map((row) => row.textContent);
  expect(rows.map((row) => row.slice(0, 6))).toEqual(["360p42", "720p82", "All122"]);
  expect(document.getElementById("direct")?.hidden).toBe(false);
  table.show({ viewers: 0, bit_rate: 0, worst_loss_percent: 0, worst_rtt_ms: 0, rungs: [] });
  expect(document.getElementById("direct")?.hidden).toBe(true);
});
