/** A post on the clerk's desk: as the public sees it, with what can be done about it. */
import type { DeskPost } from "../api/types";
import { patchJson, postJson, reasonOf } from "../api/client";
import { text } from "../language/texts";
import { element, setText } from "../page/dom";
import { clockText, msOf } from "../page/time";
import { postView } from "./post-view";

export interface DeskSetting {
  /** Address of the posts. */
  readonly posts: string;
  readonly zone: string;
  readonly onChange: (post: DeskPost) => void;
}

export function deskPostView(post: DeskPost, setting: DeskSetting): HTMLLIElement {
  const item = postView(post, setting.zone);
  const mark = publicMark(post, setting.zone);
  if (mark !== "") {
    item
      .querySelector(".post-head")
      ?.append(element("span", { class: "post-mark post-waiting" }, mark));
  }
  if (post.state !== "withdrawn") item.append(actions(post, setting));
  return item;
}

/** Whether the public can read it yet. */
function publicMark(post: DeskPost, zone: string): string {
  if (post.public || post.state === "withdrawn") return "";
  if (post.public_at === null) return text("heldMark");
  return text("publicAt", { time: clockText(msOf(post.public_at), zone) });
}

function actions(post: DeskPost, setting: DeskSetting): HTMLElement {
  const line = element("p", { class: "post-actions" });
  const address = `${setting.posts}/${post.id}`;
  if (post.state === "held") line.append(releaseButton(address, setting));
  line.append(
    opener("correct", line, () =>
      editForm(text("correct"), post.body, async (reason, body) =>
        patchJson<DeskPost>(address, { body, reason, seen: post.history.length }), setting)),
    opener("withdraw", line, () =>
      editForm(text("withdraw"), null, async (reason) =>
        postJson<DeskPost>(`${address}/withdraw`, { reason }), setting)),
  );
  return line;
}

function releaseButton(address: string, setting: DeskSetting): HTMLButtonElement {
  const button = element("button", { type: "button", class: "button button-small", "data-action": "release" }, text("release"));
  button.addEventListener("click", () => {
    postJson<DeskPost>(`${address}/release`).then(setting.onChange, (error: unknown) => {
      setText(button, reasonOf(error, text("networkReason")));
    });
  });
  return button;
}

function opener(
  action: "correct" | "withdraw",
  line: HTMLElement,
  make: () => HTMLFormElement,
): HTMLButtonElement {
  const button = element(
    "button",
    { type: "button", class: "button button-small", "data-action": action },
    text(action),
  );
  button.addEventListener("click", () => {
    const form = make();
    line.parentElement?.querySelector("form")?.remove();
    line.after(form);
    form.querySelector<HTMLElement>("textarea, input")?.focus();
    form.addEventListener("reset", () => {
      form.remove();
      button.focus();
    });
  });
  return button;
}

/** The form of a correction (with the text) or a withdrawal (reason only). */
function editForm(
  title: string,
  body: string | null,
  send: (reason: string, body: string) => Promise<DeskPost>,
  setting: DeskSetting,
): HTMLFormElement {
  const form = element("form", { class: "form post-edit", "aria-label": title });
  const words = element("textarea", { name: "body", rows: 3, maxlength: 4000, required: true });
  words.value = body ?? "";
  const reason = element("input", { name: "reason", maxlength: 500, required: true });
  if (body !== null) form.append(labelled(text("correctedBody"), words));
  form.append(
    labelled(text("reason"), reason, text("needReason")),
    element(
      "p",
      { class: "post-actions" },
      element("button", { class: "button button-small button-main" }, title),
      element("button", { type: "reset", class: "button button-small" }, text("cancel")),
    ),
    element("p", { role: "alert", class: "notice notice-bad", hidden: true, "data-outcome": true }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const done = (post: DeskPost): void => {
      form.remove();
      setting.onChange(post);
    };
    send(reason.value.trim(), words.value.trim()).then(done, (error: unknown) => {
      const outcome = form.querySelector<HTMLElement>("[data-outcome]");
      if (outcome === null) return;
      outcome.hidden = false;
      setText(outcome, reasonOf(error, text("networkReason")));
    });
  });
  return form;
}

function labelled(name: string, control: HTMLElement, hint = ""): HTMLElement {
  const label = element("label", { class: "field" }, element("span", {}, name), control);
  if (hint !== "") label.append(element("span", { class: "hint" }, hint));
  return label;
}
