/** What a person is signed in with, loaded when it is opened; an administrator can end it. */
import type { SignIns } from "./types";
import { deleteAt, getJson } from "../api/client";
import { text } from "../language/texts";
import { confirmTwice } from "../page/confirm";
import { element } from "../page/dom";
import { Outcome } from "../page/forms";
import { courtTimeZone, msOf, stampText } from "../page/time";

export function showSignIns(): void {
  for (const details of document.querySelectorAll<HTMLDetailsElement>("details[data-sign-ins]")) {
    const address = details.dataset["signIns"] ?? "";
    details.addEventListener("toggle", () => {
      if (details.open) void load(details, address);
    });
    for (const button of details.querySelectorAll<HTMLButtonElement>("button[data-remove]")) {
      ending(button, details, address, `${address}/${button.dataset["remove"] ?? ""}`);
    }
  }
}

async function load(details: HTMLDetailsElement, address: string): Promise<void> {
  const list = details.querySelector("ul");
  if (list === null) return;
  try {
    const found = await getJson<SignIns>(`${address}/sign-ins`);
    const lines = [...found.sessions.map(sessionLine), ...tokenLines(found, details, address)];
    list.replaceChildren(...(lines.length > 0 ? lines : [element("li", {}, text("notSignedIn"))]));
  } catch (error: unknown) {
    new Outcome(details).fail(error);
  }
}

function sessionLine(session: SignIns["sessions"][number]): HTMLElement {
  return element("li", {}, `${session.device || text("unknownDevice")} · ${seen(session.seen_at)}`);
}

function tokenLines(found: SignIns, details: HTMLDetailsElement, address: string): HTMLElement[] {
  return found.tokens.map((token) => {
    const button = element("button", { class: "button button-small", type: "button" }, text("revoke"));
    ending(button, details, address, `${address}/tokens/${token.id}`);
    return element("li", {}, `${text("apiToken")} ${token.label} · ${seen(token.used_at)} `, button);
  });
}

function seen(at: string | null): string {
  return at === null ? text("neverUsed") : stampText(msOf(at), courtTimeZone());
}

function ending(
  button: HTMLButtonElement,
  details: HTMLDetailsElement,
  address: string,
  what: string,
): void {
  confirmTwice(button, button, text("endSessionConfirm"), () => {
    deleteAt(what).then(
      () => load(details, address),
      (error: unknown) => {
        new Outcome(details).fail(error);
      },
    );
  });
}
