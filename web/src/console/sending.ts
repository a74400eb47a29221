/** Sends orders: each once, however often it is pressed and whatever the network does. */
import type { Arguments, Order, OrderTaken } from "../api/types";
import { ApiProblem, postJson, reasonOf } from "../api/client";
import { text } from "../language/texts";
import { newClientKey } from "../page/client-key";
import { byId, setText } from "../page/dom";
import { clockText, msOf } from "../page/time";

/** An order with what it is about, and what it is called to the person who gives it. */
export interface Wish {
  readonly order: Order;
  readonly arguments?: Arguments;
  readonly name: string;
}

/** More to say of an order that was taken. */
export type More = (taken: OrderTaken) => string;

export class Sending {
  readonly #address: string;
  readonly #zone: string;
  readonly #result = byId("order-result", HTMLElement);
  readonly #sent = new Set<string>();
  readonly #answered = new Set<string>();
  /** Called whenever something was sent or answered. */
  changed: () => void = () => undefined;

  constructor(address: string, zone: string) {
    this.#address = address;
    this.#zone = zone;
  }

  /**
   * Whether such an order is on its way, or answered and not yet in the status; without saying what
   * it is about, any of its kind.
   */
  isBusy(order: Order, about?: Arguments): boolean {
    const busy = [...this.#sent, ...this.#answered];
    if (about !== undefined) return busy.includes(keyOf(order, about));
    return busy.some((what) => what.startsWith(`["${order}",`));
  }

  /** A new status has come: it holds what was answered before. */
  caughtUp(): void {
    this.#answered.clear();
  }

  async give(wish: Wish, more: More = () => ""): Promise<void> {
    const about = wish.arguments ?? {};
    if (this.isBusy(wish.order, about)) return;
    const what = keyOf(wish.order, about);
    this.#sent.add(what);
    this.changed();
    this.#say(text("orderSent", { order: wish.name }), "plain");
    try {
      const body = { order: wish.order, arguments: about, key: newClientKey() };
      const taken = await this.#post(body);
      this.#answered.add(what);
      this.#result.dataset["sequence"] = String(taken.sequence);
      this.#say([this.#words(taken, wish.name), more(taken)].join(" ").trim(), "good");
    } catch (error) {
      const reason = reasonOf(error, text("networkReason"));
      this.#say(text("orderFailed", { reason }), "bad");
    } finally {
      this.#sent.delete(what);
      this.changed();
    }
  }

  /** Send once more where the network failed: the key makes the order count once. */
  async #post(body: unknown): Promise<OrderTaken> {
    try {
      return await postJson<OrderTaken>(this.#address, body);
    } catch (error) {
      if (error instanceof ApiProblem) throw error;
      return postJson<OrderTaken>(this.#address, body);
    }
  }

  #words(taken: OrderTaken, order: string): string {
    const time = (iso: string | null): string =>
      iso === null ? "--:--:--" : clockText(msOf(iso), this.#zone);
    const [at, court, air] = [taken.accepted_at, taken.court_time, taken.air_time].map(time);
    return taken.air_time === null
      ? text("orderAccepted", { order, at: at ?? "", court: court ?? "" })
      : text("orderInForce", { order, court: court ?? "", air: air ?? "" });
  }

  #say(words: string, kind: "plain" | "good" | "bad"): void {
    this.#result.className = `order-result notice notice-${kind}`;
    this.#result.dataset["kind"] = kind;
    setText(this.#result, words);
  }
}

function keyOf(order: Order, about: Arguments): string {
  return JSON.stringify([order, Object.entries(about).sort()]);
}
