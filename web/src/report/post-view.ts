/** One post of the report as the reader sees it; the same markup as the server's template. */
import type { Photo, Post, Revision } from "../api/types";
import { text, wordFor } from "../language/texts";
import { element } from "../page/dom";
import { clockText, msOf, stampText } from "../page/time";

/** The post as a list item. */
export function postView(post: Post, zone: string): HTMLLIElement {
  const item = element("li", { class: `post post-${post.state}`, id: `post-${post.id}` });
  if (post.phase !== null) item.append(element("p", { class: "post-phase" }, wordFor(`phase_${post.phase}`)));
  item.append(head(post, zone));
  const body = post.body ?? "";
  if (post.state === "withdrawn") item.append(tombstone(post));
  else if (body !== "") item.append(element("p", { class: "post-body" }, body));
  if (post.photos.length > 0) item.append(photos(post.photos));
  const before = post.history.filter((revision) => revision.body !== null && revision.kind === "corrected");
  if (before.length > 0) item.append(history(before, zone));
  return item;
}

function head(post: Post, zone: string): HTMLElement {
  const ms = msOf(post.court_time);
  const clock = clockText(ms, zone);
  const line = element("p", { class: "post-head" });
  line.append(
    element(
      "a",
      { class: "post-time", href: `#t=${ms}`, "aria-label": text("jumpTo", { time: clock }) },
      element("time", { datetime: post.court_time }, clock),
    ),
    element("span", { class: `post-role role-${post.role}` }, wordFor(post.role)),
  );
  if (post.speaker !== "") line.append(element("span", { class: "post-speaker" }, post.speaker));
  if (post.state === "corrected") {
    line.append(element("span", { class: "post-mark" }, text("corrected")));
  }
  return line;
}

function photos(list: readonly Photo[]): HTMLElement {
  const box = element("div", { class: "post-photos" });
  for (const photo of list) {
    const figure = element("figure");
    const image = element("img", {
      src: photo.url,
      alt: photo.alt,
      loading: "lazy",
      decoding: "async",
      width: photo.width,
      height: photo.height,
    });
    figure.append(element("a", { href: photo.url }, image));
    if (photo.caption !== "") figure.append(element("figcaption", {}, photo.caption));
    box.append(figure);
  }
  return box;
}

/** What the post said before: struck through, with the reason and the time. */
function history(revisions: readonly Revision[], zone: string): HTMLElement {
  const list = element("ul", { class: "post-history", "aria-label": text("history") });
  for (const revision of revisions) {
    const reason = text("correctionReason", { reason: revision.reason });
    const at = text("correctionAt", { time: stampText(msOf(revision.at), zone) });
    list.append(
      element(
        "li",
        {},
        element("span", { class: "visually-hidden" }, `${text("correctionWas")} `),
        element("del", {}, revision.body ?? ""),
        element("span", { class: "post-reason" }, `${reason} · ${at}`),
      ),
    );
  }
  return list;
}

function tombstone(post: Post): HTMLElement {
  const box = element("p", { class: "post-tombstone" }, text("withdrawnText"));
  const ordered = post.withdrawal?.reason;
  const written = post.history.find((revision) => revision.kind === "withdrawn")?.reason ?? "";
  const reason = ordered === undefined ? written : wordFor(`reason_${ordered}`);
  if (reason !== "") box.append(` ${text("withdrawnReason", { reason })}`);
  return box;
}
