/** What the slate of the next recess, closed part or dump says besides: why, and until when. */
import type { Order } from "../api/types";
import { byId } from "../page/dom";

const WITH_SLATE: readonly Order[] = ["recess", "closed", "dump"];

/** The arguments of an order, with what was written for its slate. [pure] */
export function slateArguments(
  order: Order,
  reason: string,
  until: string,
): Readonly<Record<string, string>> {
  if (!WITH_SLATE.includes(order)) return {};
  const said = reason.trim();
  return { ...(said === "" ? {} : { reason: said }), ...(until === "" ? {} : { until }) };
}

export class SlateWords {
  readonly #reason = byId("slate-reason", HTMLInputElement);
  readonly #until = byId("slate-until", HTMLInputElement);

  constructor() {
    for (const field of [this.#reason, this.#until]) {
      // While a field has the keys they give no orders: these two give them back.
      field.addEventListener("keydown", ({ key }) => {
        if (key === "Escape" || key === "Enter") field.blur();
      });
    }
  }

  of(order: Order): Readonly<Record<string, string>> {
    return slateArguments(order, this.#reason.value, this.#until.value);
  }

  /** Words belong to one slate: they are gone once their order was taken. */
  used(order: Order): void {
    if (!WITH_SLATE.includes(order)) return;
    this.#reason.value = this.#until.value = "";
  }
}
