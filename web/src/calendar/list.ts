/** What the server tells of a list of hearings, drawn as two tables. */
import { text } from "../language/texts";
import { element } from "../page/dom";

export interface Wrong {
  readonly row: number;
  readonly heading: string;
  readonly message: string;
}

export interface Change {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

export interface Step {
  readonly row: number;
  readonly act: "add" | "change" | "same";
  readonly case_number: string;
  readonly title: string;
  readonly courtroom: string;
  readonly changes: readonly Change[];
  readonly parties: number;
}

export interface Looked {
  readonly plan: string;
  readonly done: boolean;
  readonly add: number;
  readonly change: number;
  readonly same: number;
  readonly wrong_count: number;
  readonly wrong: readonly Wrong[];
  readonly ignored: readonly string[];
  readonly rows: readonly Step[];
}

/** How a step is told: what is added, or each field with its old and new value. */
export function becomes(step: Step): string {
  const told = step.changes.map((one) =>
    text("listChange", { field: one.field, before: one.before || "—", after: one.after }),
  );
  if (step.act === "add") told.unshift(text("listAdd"));
  if (step.parties > 0) told.push(text("listParties", { n: String(step.parties) }));
  return told.length > 0 ? told.join("; ") : text("listSame");
}

export function wrongRow(one: Wrong): HTMLTableRowElement {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, String(one.row)),
    element("td", {}, one.heading),
    element("td", {}, one.message),
  );
}

export function stepRow(step: Step): HTMLTableRowElement {
  return element(
    "tr",
    { "data-act": step.act },
    element("th", { scope: "row" }, String(step.row)),
    element("td", {}, step.case_number),
    element("td", {}, step.courtroom),
    element("td", {}, step.title),
    element("td", {}, becomes(step)),
  );
}

/** One sentence for the whole list. */
export function counts(looked: Looked): string {
  if (looked.wrong_count > 0) return text("listWrong", { n: String(looked.wrong_count) });
  return text(looked.done ? "listDone" : "listWould", {
    add: String(looked.add),
    change: String(looked.change),
    same: String(looked.same),
  });
}
