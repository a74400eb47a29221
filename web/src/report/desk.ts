/** Writing the report: the form, its draft, and the list of what was written. */
import type { DeskPost, DeskPosts, NewPost } from "../api/types";
import { getJson, postJson, reasonOf } from "../api/client";
import { EventStream } from "../api/events";
import { text } from "../language/texts";
import { newClientKey } from "../page/client-key";
import { byId } from "../page/dom";
import { onSubmit, Outcome } from "../page/forms";
import { courtTimeZone } from "../page/time";
import { deskPostView } from "./desk-post";
import { Drafts } from "./draft";
import { ListView } from "./list-view";
import { PhotoTray } from "./photos";

/** After news the list is read again at most this often. */
const RELOAD_AFTER_MS = 400;
/** Posts become public by the passing of time alone. */
const RELOAD_EVERY_MS = 10_000;

export class Desk {
  readonly #posts: string;
  readonly #events: string;
  readonly #form = byId("new-post", HTMLFormElement);
  readonly #role = byId("post-role", HTMLSelectElement);
  readonly #speaker = byId("post-speaker", HTMLInputElement);
  readonly #phase = byId("post-phase", HTMLSelectElement);
  readonly #body = byId("post-body", HTMLTextAreaElement);
  readonly #outcome = new Outcome(this.#form);
  readonly #photos: PhotoTray;
  readonly #drafts: Drafts;
  readonly #list: ListView<DeskPost>;
  readonly #shown = new Map<string, string>();
  #clientKey = newClientKey();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(broadcast: string) {
    const report = `/api/v1/broadcasts/${broadcast}/report`;
    const zone = courtTimeZone();
    this.#posts = `${report}/posts`;
    this.#events = `${report}/events`;
    this.#photos = new PhotoTray(`${report}/photos`);
    this.#drafts = new Drafts(localStorage, broadcast);
    const setting = {
      posts: this.#posts,
      zone,
      onChange: (post: DeskPost) => {
        this.#show([post]);
      },
    };
    this.#list = new ListView(byId("desk-list", HTMLOListElement), (post) =>
      deskPostView(post, setting),
    );
  }

  start(): void {
    this.#restore();
    onSubmit(this.#form, () => this.#send());
    this.#form.addEventListener("input", () => {
      this.#keep();
    });
    this.#form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    const reload = (): void => {
      this.#reloadSoon();
    };
    new EventStream(this.#events, { post: reload }, { onConnection: reload }).start();
    setInterval(reload, RELOAD_EVERY_MS);
    reload();
  }

  async #send(): Promise<void> {
    const body = this.#body.value.trim();
    if (body === "" && this.#photos.names.length === 0) {
      this.#outcome.say(text("needText"), "bad");
      this.#body.focus();
      return;
    }
    this.#outcome.say(text("sending"));
    try {
      const post = await postJson<DeskPost>(this.#posts, this.#written(body));
      this.#sent(post);
    } catch (error) {
      const reason = reasonOf(error, text("networkReason"));
      this.#outcome.say(text("notSent", { reason }), "bad");
    }
  }

  #written(body: string): NewPost {
    return {
      client_key: this.#clientKey,
      role: this.#role.value,
      speaker: this.#speaker.value.trim(),
      phase: this.#phase.value === "" ? null : this.#phase.value,
      body,
      photos: this.#photos.names,
    };
  }

  /** Role and speaker stay: the same person often speaks on. */
  #sent(post: DeskPost): void {
    this.#clientKey = newClientKey();
    this.#body.value = "";
    this.#phase.value = "";
    this.#photos.clear();
    this.#drafts.forget();
    this.#outcome.say(text(post.public ? "sent" : "sentAtDelay"), "good");
    this.#show([post]);
    this.#body.focus();
  }

  #keep(): void {
    this.#drafts.save({
      clientKey: this.#clientKey,
      role: this.#role.value,
      speaker: this.#speaker.value,
      phase: this.#phase.value,
      body: this.#body.value,
    });
  }

  #restore(): void {
    const draft = this.#drafts.load();
    if (draft === null) return;
    this.#clientKey = draft.clientKey;
    this.#role.value = draft.role;
    this.#speaker.value = draft.speaker;
    this.#phase.value = draft.phase;
    this.#body.value = draft.body;
    if (draft.body !== "") this.#outcome.say(text("draftRestored"));
  }

  #reloadSoon(): void {
    if (document.visibilityState === "hidden") return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void getJson<DeskPosts>(`${this.#posts}?desk=true`)
        .then(({ posts }) => {
          this.#show(posts);
        })
        .catch(() => undefined); // the stream's own reconnection tries again
    }, RELOAD_AFTER_MS);
  }

  #show(posts: readonly DeskPost[]): void {
    for (const post of posts) {
      const form = JSON.stringify(post);
      if (this.#shown.get(post.id) === form || this.#isEditing(post.id)) continue;
      this.#shown.set(post.id, form);
      this.#list.renew(post);
    }
    byId("desk-empty", HTMLElement).hidden = !this.#list.isEmpty;
  }

  /** A form that somebody writes in must not be taken away under their hands. */
  #isEditing(post: string): boolean {
    const item = document.getElementById(`post-${post}`);
    return item?.querySelector("form")?.contains(document.activeElement) === true;
  }
}
