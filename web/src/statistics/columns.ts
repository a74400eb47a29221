/** Reads the numbers of a table: cells tell them in `data-value`, columns their name in the head. */

export interface Column {
  readonly name: string;
  readonly values: readonly number[];
}

export interface Columns {
  readonly labels: readonly string[];
  readonly columns: readonly Column[];
}

/** The columns whose head cell carries `data-series`. */
export function columnsOf(table: HTMLTableElement): Columns {
  const heads = [...table.querySelectorAll<HTMLElement>("thead th")];
  const rows = [...table.querySelectorAll("tbody tr")];
  const columns = heads.flatMap((head, index) =>
    "series" in head.dataset
      ? [{ name: words(head), values: rows.map((row) => valueOf(row.children[index])) }]
      : [],
  );
  return { labels: rows.map((row) => words(row.children[0])), columns };
}

function words(cell: Element | undefined): string {
  return cell?.textContent.trim() ?? "";
}

function valueOf(cell: Element | undefined): number {
  return cell instanceof HTMLElement ? Number(cell.dataset["value"] ?? 0) : 0;
}
