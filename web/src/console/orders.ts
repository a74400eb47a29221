/** The bar of orders: five big buttons and the separate dump. */
import type { ConsoleStatus, Order, OrderTaken } from "../api/types";
import { ApiProblem, postJson, reasonOf } from "../api/client";
import { text, type TextName } from "../language/texts";
import { newClientKey } from "../page/client-key";
import { confirmTwice } from "../page/confirm";
import { byId, setText } from "../page/dom";
import { clockText, msOf } from "../page/time";
import { SlateWords } from "./slate-words";

/** Orders that bring the room to the public or end it for good are asked twice. */
const TWICE: Readonly<Partial<Record<Order, TextName>>> = {
  resume: "confirmResume",
  open: "confirmResume",
  end: "confirmEnd",
};

const NAMES: Readonly<Record<Order, TextName>> = {
  start: "orderStart",
  recess: "orderRecess",
  closed: "orderClosed",
  open: "orderOpen",
  resume: "orderResume",
  end: "orderEnd",
  dump: "orderDump",
};

export class Orders {
  readonly #address: string;
  readonly #zone: string;
  readonly #result = byId("order-result", HTMLElement);
  readonly #buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-order]")];
  readonly #sending = new Set<Order>();
  readonly #slate = new SlateWords();
  #allowed: readonly Order[] | null = null;

  constructor(address: string, zone: string) {
    this.#address = address;
    this.#zone = zone;
    for (const button of this.#buttons) this.#wire(button, button.dataset["order"] as Order);
  }

  /** Offer what the state machine allows now; a person without the right gets nothing. */
  show(status: ConsoleStatus): void {
    this.#allowed = status.allowed;
    this.#offer();
  }

  #wire(button: HTMLButtonElement, order: Order): void {
    const label = button.querySelector<HTMLElement>(".order-label");
    const question = TWICE[order];
    const act = (): void => {
      void this.#send(order);
    };
    if (question === undefined || label === null) button.addEventListener("click", act);
    else confirmTwice(button, label, text(question), act);
  }

  async #send(order: Order): Promise<void> {
    if (this.#sending.has(order)) return;
    this.#sending.add(order);
    this.#offer();
    const name = text(NAMES[order]);
    this.#say(text("orderSent", { order: name }), "plain");
    const body = { order, arguments: this.#slate.of(order), key: newClientKey() };
    try {
      this.#told(await this.#post(body), name);
      this.#slate.used(order);
    } catch (error) {
      const reason = reasonOf(error, text("networkReason"));
      this.#say(text("orderFailed", { reason }), "bad");
    } finally {
      this.#sending.delete(order);
      this.#offer();
    }
  }

  /** Send once more where the network failed: the key makes the order count once. */
  async #post(body: object): Promise<OrderTaken> {
    try {
      return await postJson<OrderTaken>(this.#address, body);
    } catch (error) {
      if (error instanceof ApiProblem) throw error;
      return postJson<OrderTaken>(this.#address, body);
    }
  }

  #told(taken: OrderTaken, name: string): void {
    const time = (iso: string | null): string =>
      iso === null ? "--:--:--" : clockText(msOf(iso), this.#zone);
    const words =
      taken.air_time === null
        ? text("orderAccepted", {
            order: name,
            at: time(taken.accepted_at),
            court: time(taken.court_time),
          })
        : text("orderInForce", {
            order: name,
            court: time(taken.court_time),
            air: time(taken.air_time),
          });
    this.#result.dataset["sequence"] = String(taken.sequence);
    this.#say(words, "good");
  }

  #say(words: string, kind: "plain" | "good" | "bad"): void {
    this.#result.className = `order-result notice notice-${kind}`;
    this.#result.dataset["kind"] = kind;
    setText(this.#result, words);
  }

  #offer(): void {
    const allowed = this.#allowed ?? [];
    for (const button of this.#buttons) {
      const order = button.dataset["order"] as Order;
      const isAllowed = allowed.includes(order);
      button.disabled = !isAllowed || this.#sending.has(order);
      // Closing and opening again share a place; no button may move under a finger.
      if (order === "open") button.hidden = !isAllowed;
      if (order === "closed") button.hidden = allowed.includes("open");
    }
  }
}
