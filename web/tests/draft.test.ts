import { beforeEach, describe, expect, it } from "vitest";
import { Drafts, type Draft } from "../src/report/draft";
import { columnsOf } from "../src/statistics/columns";
import { en } from "../src/language/en";
import { zhCN } from "../src/language/zh-cn";

const DRAFT: Draft = { clientKey: "k", role: "judge", speaker: "", phase: "", body: "写到一半" };

beforeEach(() => {
  localStorage.clear();
});

describe("a draft", () => {
  it("survives the page, with the key that makes a resend the same post", () => {
    new Drafts(localStorage, "b1").save(DRAFT);
    expect(new Drafts(localStorage, "b1").load()).toEqual(DRAFT);
    expect(new Drafts(localStorage, "b2").load()).toBeNull();
  });

  it("is forgotten once sent", () => {
    const drafts = new Drafts(localStorage, "b1");
    drafts.save(DRAFT);
    drafts.forget();
    expect(drafts.load()).toBeNull();
  });

  it("is none where the storage holds something else", () => {
    localStorage.setItem("tingbo.draft.b1", "{");
    expect(new Drafts(localStorage, "b1").load()).toBeNull();
    localStorage.setItem("tingbo.draft.b1", '{"body":3}');
    expect(new Drafts(localStorage, "b1").load()).toBeNull();
  });
});

describe("the chart", () => {
  it("has the table's own numbers", () => {
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const [name, series] of [["Month", false], ["Live", true]] as const) {
      const cell = document.createElement("th");
      cell.textContent = name;
      if (series) cell.dataset["series"] = "";
      head.append(cell);
    }
    const row = table.createTBody().insertRow();
    row.insertCell().textContent = "Jan";
    const cell = row.insertCell();
    cell.textContent = "1,234";
    cell.dataset["value"] = "1234";
    expect(columnsOf(table)).toEqual({
      labels: ["Jan"],
      columns: [{ name: "Live", values: [1234] }],
    });
  });
});

describe("texts", () => {
  it("have the same places in both languages", () => {
    const places = (words: string): string[] => (words.match(/\{\w+\}/g) ?? []).sort();
    for (const name of Object.keys(zhCN) as (keyof typeof zhCN)[]) {
      expect([name, ...places(en[name])]).toEqual([name, ...places(zhCN[name])]);
    }
  });
});
