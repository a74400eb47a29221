/** The table of viewers by WebRTC: how many get which size, and how the worst line of them is. */
import type { Direct, DirectSum } from "../api/direct";
import { text } from "../language/texts";
import { byId, element } from "../page/dom";

/** A rendition as people call it. */
export function rungWords(rung: string): string {
  return rung.replace(/^v(\d+)$/, "$1p");
}

/** The numbers of a row, in words. */
export function cellsOf(sum: DirectSum): readonly string[] {
  return [
    String(sum.viewers),
    `${(sum.bit_rate / 1_000_000).toFixed(1)} Mbit/s`,
    `${sum.worst_loss_percent.toFixed(1)} %`,
    // 0: no viewer has reported yet
    sum.worst_rtt_ms > 0 ? `${sum.worst_rtt_ms.toFixed(0)} ms` : "–",
  ];
}

export class DirectTable {
  readonly #box = byId("direct", HTMLElement);
  readonly #rows = byId("direct-rows", HTMLElement);
  #shown = "";

  show(direct: Direct): void {
    this.#box.hidden = direct.viewers === 0;
    const rows: (readonly string[])[] = direct.rungs.map((one) => [rungWords(one.rung), ...cellsOf(one)]);
    rows.push([text("directAll"), ...cellsOf(direct)]);
    const shown = JSON.stringify(rows);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#rows.replaceChildren(...rows.map(row));
  }
}

function row([name = "", ...cells]: readonly string[]): HTMLElement {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name),
    ...cells.map((cell) => element("td", { class: "number" }, cell)),
  );
}
