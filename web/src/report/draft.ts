/** The unsent post is kept in the browser: a crash, a closed tab or a dead line loses nothing. */

export interface Draft {
  /** The post's own key: sent again with it, it is the same post. */
  readonly clientKey: string;
  readonly role: string;
  readonly speaker: string;
  readonly phase: string;
  readonly body: string;
}

/** What is used of the browser's storage. */
export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class Drafts {
  readonly #store: Store;
  readonly #name: string;

  constructor(store: Store, broadcast: string) {
    this.#store = store;
    this.#name = `tingbo.draft.${broadcast}`;
  }

  /** The kept draft; null if there is none or it cannot be read. */
  load(): Draft | null {
    try {
      const found: unknown = JSON.parse(this.#store.getItem(this.#name) ?? "null");
      return isDraft(found) ? found : null;
    } catch {
      return null;
    }
  }

  save(draft: Draft): void {
    try {
      this.#store.setItem(this.#name, JSON.stringify(draft));
    } catch {
      // Storage full or forbidden: writing goes on, only without the copy.
    }
  }

  forget(): void {
    this.#store.removeItem(this.#name);
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  return ["clientKey", "role", "speaker", "phase", "body"].every(
    (name) => typeof fields[name] === "string",
  );
}
