/** The player's controls: media-chrome around whatever picture is in its place. */
import "media-chrome";
import "media-chrome/menu";
import "media-chrome/lang/zh-CN.js";
import { setLanguage } from "media-chrome/utils/i18n.js";
import { language, text } from "../language/texts";
import { custom } from "../page/dom";

/** The controls; the picture goes into the element with `slot="media"`. */
export function controls(live: boolean): HTMLElement {
  setLanguage(language());
  const controller = custom("media-controller", {
    id: "player-controller",
    class: "player-controller",
    "aria-label": text("player"),
    defaultstreamtype: live ? "live" : "on-demand",
    noautoseektolive: true,
    nomutedpref: true,
    novolumepref: true,
    ...(live ? {} : { hotkeys: "" }),
  });
  controller.append(
    custom("media-loading-indicator", { slot: "centered-chrome", noautohide: true }),
    custom("media-error-dialog", { slot: "dialog" }),
    ...menus(live),
    custom("media-time-range", { class: "player-range" }),
    bar(live),
  );
  return controller;
}

function menus(live: boolean): HTMLElement[] {
  const shared = { hidden: true, anchor: "auto" };
  const made = [
    custom("media-captions-menu", shared),
    custom("media-rendition-menu", shared),
  ];
  return live ? made : [...made, custom("media-playback-rate-menu", shared)];
}

function bar(live: boolean): HTMLElement {
  const made = custom("media-control-bar", {});
  made.append(
    custom("media-play-button"),
    custom("media-seek-backward-button", { seekoffset: 10 }),
    custom("media-seek-forward-button", { seekoffset: 10 }),
    custom("media-mute-button"),
    custom("media-volume-range"),
  );
  if (!live) made.append(custom("media-time-display", { showduration: true }));
  made.append(custom("span", { class: "player-space" }), custom("media-captions-menu-button"));
  if (!live) made.append(custom("media-playback-rate-menu-button"));
  made.append(
    custom("media-rendition-menu-button"),
    custom("media-pip-button"),
    custom("media-fullscreen-button"),
  );
  return made;
}
