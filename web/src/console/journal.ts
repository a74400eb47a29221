/** The journal of the broadcast, newest first. */
import type { JournalEntry } from "../api/types";
import { text } from "../language/texts";
import { element } from "../page/dom";
import { clockText, msOf } from "../page/time";

const MOST_SHOWN = 200;

export function addToJournal(list: HTMLElement, entry: JournalEntry, zone: string): void {
  const known = list.querySelector(`[data-sequence="${entry.sequence}"]`);
  const item = element("li", { "data-sequence": entry.sequence, "data-order": entry.order });
  item.append(
    element("time", { datetime: entry.at, class: "number" }, clockText(msOf(entry.at), zone)),
    element("span", {}, entry.words),
    element("span", { class: "muted" }, entry.by),
  );
  if (entry.air_time !== null) {
    const air = clockText(msOf(entry.air_time), zone);
    item.append(element("span", { class: "muted" }, text("journalAir", { air })));
  }
  if (known !== null) {
    known.replaceWith(item);
    return;
  }
  const below = [...list.children].find(
    (other) => other instanceof HTMLElement && Number(other.dataset["sequence"]) < entry.sequence,
  );
  list.insertBefore(item, below ?? null);
  while (list.children.length > MOST_SHOWN) list.lastElementChild?.remove();
}
