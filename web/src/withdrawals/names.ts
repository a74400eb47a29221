/** A person's name over all hearings of a court: looked for, then withdrawn by one order. */
import { postJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { byId, element, setText } from "../page/dom";
import { field, onSubmit, Outcome } from "../page/forms";

export interface Stands {
  readonly hearing: string;
  readonly title: string;
  readonly case_number: string;
  readonly places: readonly string[];
  readonly withdrawn: boolean;
}

interface Found {
  readonly hearings: readonly Stands[];
  readonly more: boolean;
}

const PLACES = { hearing: "namePlaceHearing", notice: "namePlaceNotice", report: "namePlaceReport" } as const;

/** Where in a hearing the name stands, in words. */
export function placeWords(places: readonly string[]): string {
  return places
    .map((place) => (place in PLACES ? text(PLACES[place as keyof typeof PLACES]) : place))
    .join(", ");
}

/** A hearing to be chosen; what is withdrawn already cannot be. */
export function choice(one: Stands): HTMLLIElement {
  const box = element("input", { type: "checkbox", name: "hearing", value: one.hearing });
  box.checked = !one.withdrawn;
  box.disabled = one.withdrawn;
  const state = one.withdrawn ? text("nameWithdrawn") : placeWords(one.places);
  const label = element("label", {}, box, ` ${one.case_number} ${one.title} (${state})`);
  return element("li", {}, label);
}

export function startNames(page: HTMLElement): void {
  const court = `/api/v1/courts/${page.dataset["court"] ?? ""}`;
  const list = byId("name-list", HTMLElement);
  const order = byId("name-order", HTMLFormElement);
  let name = "";
  onSubmit(byId("name-search", HTMLFormElement), async (fields) => {
    name = field(fields, "name");
    const found = await postJson<Found>(`${court}/name-search`, { name });
    list.replaceChildren(...found.hearings.map(choice));
    const many = { n: String(found.hearings.length) };
    setText(byId("name-count", HTMLElement), text(found.more ? "nameStandsMore" : "nameStands", many));
    byId("name-found", HTMLElement).hidden = false;
    order.hidden = found.hearings.every((one) => one.withdrawn);
  });
  sending(order, () => {
    const chosen = [...list.querySelectorAll<HTMLInputElement>("input:checked")];
    return postJson(`${court}/name-withdrawals`, {
      ...orderOf(new FormData(order)),
      name,
      hearings: chosen.map((one) => one.value),
    });
  });
  for (const item of page.querySelectorAll<HTMLElement>("[data-order]"))
    sending(item, () => {
      const note = item.querySelector<HTMLInputElement>("input[name=note]")?.value ?? "";
      const path = `${court}/name-withdrawals/${item.dataset["order"] ?? ""}/restoration`;
      return postJson(path, { note });
    });
}

function orderOf(fields: FormData): { mark: string; reason: string; note: string } {
  return { mark: field(fields, "mark"), reason: field(fields, "reason"), note: field(fields, "note") };
}

/** Have a part's button pressed twice; then send, and show the page anew. */
function sending(part: HTMLElement, send: () => Promise<unknown>): void {
  const button = part.querySelector<HTMLButtonElement>("button[data-send]");
  const label = button?.querySelector<HTMLElement>("span");
  if (button === null || label === undefined || label === null) return;
  const outcome = new Outcome(part);
  confirmTwice(button, label, text(part.dataset["order"] ? "restoreConfirm" : "takeDownConfirm"), () => {
    send().then(
      () => {
        location.reload();
      },
      (error: unknown) => {
        outcome.fail(error);
      },
    );
  });
}
