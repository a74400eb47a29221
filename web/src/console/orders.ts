/** The bar of orders: five big buttons and the separate dump. */
import type { ConsoleStatus, Order } from "../api/types";
import { text, type TextName } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import type { Sending } from "./sending";
import { SlateWords } from "./slate-words";

/** The orders of the bar, by the buttons' `data-order`. */
type BarOrder = "start" | "recess" | "closed" | "open" | "resume" | "end" | "dump";

/** Orders that bring the room to the public or end it for good are asked twice. */
const TWICE: Readonly<Partial<Record<BarOrder, TextName>>> = {
  resume: "confirmResume",
  open: "confirmResume",
  end: "confirmEnd",
};

const NAMES: Readonly<Record<BarOrder, TextName>> = {
  start: "orderStart",
  recess: "orderRecess",
  closed: "orderClosed",
  open: "orderOpen",
  resume: "orderResume",
  end: "orderEnd",
  dump: "orderDump",
};

export class Orders {
  readonly #sending: Sending;
  readonly #buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-order]")];
  readonly #slate = new SlateWords();
  #allowed: readonly Order[] = [];

  constructor(sending: Sending) {
    this.#sending = sending;
    for (const button of this.#buttons) this.#wire(button, orderOf(button));
  }

  /** Offer what the state machine and the person's role allow now. */
  show(status: ConsoleStatus): void {
    this.#allowed = status.allowed;
    this.offer();
  }

  offer(): void {
    for (const button of this.#buttons) {
      const order = orderOf(button);
      const isAllowed = this.#allowed.includes(order);
      button.disabled = !isAllowed || this.#sending.isBusy(order);
      // Closing and opening again share a place; no button may move under a finger.
      if (order === "open") button.hidden = !isAllowed;
      if (order === "closed") button.hidden = this.#allowed.includes("open");
    }
  }

  #wire(button: HTMLButtonElement, order: BarOrder): void {
    const label = button.querySelector<HTMLElement>(".order-label");
    const question = TWICE[order];
    const act = (): void => {
      const wish = { order, arguments: this.#slate.of(order), name: text(NAMES[order]) };
      void this.#sending.give(wish, () => {
        this.#slate.used(order);
        return "";
      });
    };
    if (question === undefined || label === null) button.addEventListener("click", act);
    else confirmTwice(button, label, text(question), act);
  }
}

function orderOf(button: HTMLButtonElement): BarOrder {
  return button.dataset["order"] as BarOrder;
}
