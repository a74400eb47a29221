import { expect, test } from "vitest";
import { presidesIn } from "../src/calendar/divisions";
import type { Looked, Step } from "../src/calendar/list";
import { becomes, counts, stepRow, wrongRow } from "../src/calendar/list";

const step: Step = {
  row: 2,
  act: "change",
  case_number: "（2026）苏0102民初1号",
  title: "<b>买卖</b>",
  courtroom: "第一法庭",
  changes: [{ field: "cause", before: "", after: "借款" }],
  parties: 2,
};

test("a changed row tells its fields and how many people are entered", () => {
  expect(becomes(step)).toContain("借款");
  expect(becomes(step)).toContain("—");
  expect(becomes(step)).toContain("2");
  expect(becomes({ ...step, act: "same", changes: [], parties: 0 })).not.toBe("");
});

test("what stands in a file is text and never markup", () => {
  expect(stepRow(step).innerHTML).toContain("&lt;b&gt;");
  expect(wrongRow({ row: 1, heading: "<i>", message: "x" }).innerHTML).toContain("&lt;i&gt;");
});

test("with wrong cells nothing else is counted", () => {
  const looked: Looked = {
    plan: "", done: false, add: 7, change: 0, same: 0, wrong_count: 3, wrong: [], ignored: [], rows: [],
  };
  expect(counts(looked)).toContain("3");
  expect(counts({ ...looked, wrong_count: 0 })).toContain("7");
});

test("a judge of one division is offered for its hearings, one of the whole court for all", () => {
  expect(presidesIn("a b", "b")).toBe(true);
  expect(presidesIn("a b", "c")).toBe(false);
  expect(presidesIn("", "c")).toBe(true);
  expect(presidesIn("a", "")).toBe(true);
});
