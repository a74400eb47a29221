/** Keeps a list element in step with posts: only what changed is touched, so that a screen reader
 * hears new posts and nothing else, and the reader's place is kept. What the server's page already
 * lists stays where it is. */
import type { Post } from "../api/types";
import { newestFirst, standingOf, type Standing } from "./report-list";

export class ListView<P extends Post> {
  readonly #list: HTMLElement;
  readonly #render: (post: P) => HTMLLIElement;

  /** `render` makes an item without the attributes by which this class knows it again. */
  constructor(list: HTMLElement, render: (post: P) => HTMLLIElement) {
    this.#list = list;
    this.#render = render;
  }

  get isEmpty(): boolean {
    return this.#list.querySelector("li[data-post]") === null;
  }

  show(posts: readonly P[]): void {
    for (const post of posts) this.#showOne(post);
    if (posts.length > 0) this.#headPhases();
  }

  /** Show a post again although it is the same: what its form depends on has changed. */
  renew(post: P): void {
    this.#items().find((item) => item.dataset["post"] === post.id)?.remove();
    this.show([post]);
  }

  /** A phase is a heading: only the post that begins it names it. */
  #headPhases(): void {
    let before: string | undefined;
    for (const item of this.#items().reverse()) {
      const heading = item.querySelector<HTMLElement>(".post-phase");
      if (heading === null) continue;
      heading.hidden = heading.textContent === before;
      before = heading.textContent;
    }
  }

  #showOne(post: P): void {
    const standing = standingOf(post);
    const items = this.#items();
    const known = items.find((item) => item.dataset["post"] === post.id);
    if (known !== undefined) {
      if (read(known).version < standing.version) known.replaceWith(this.#made(post, standing));
      return;
    }
    const below = items.find((item) => newestFirst(standing, read(item)) < 0);
    this.#list.insertBefore(this.#made(post, standing), below ?? null);
  }

  #made(post: P, standing: Standing): HTMLLIElement {
    const item = this.#render(post);
    item.dataset["post"] = standing.id;
    item.dataset["courtMs"] = String(standing.ms);
    item.dataset["number"] = String(standing.number);
    item.dataset["version"] = String(standing.version);
    return item;
  }

  #items(): HTMLLIElement[] {
    return [...this.#list.querySelectorAll<HTMLLIElement>("li[data-post]")];
  }
}

function read(item: HTMLElement): Standing {
  const value = (name: string): number => Number(item.dataset[name] ?? 0);
  return {
    id: item.dataset["post"] ?? "",
    ms: value("courtMs"),
    number: value("number"),
    version: value("version"),
  };
}
