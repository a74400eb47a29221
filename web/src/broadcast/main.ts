/** The page of one hearing: player, state, report. */
import "../style/page.css";
import "../style/player.css";
import "../style/report.css";
import type { BroadcastState } from "../api/types";
import { byId } from "../page/dom";
import { courtTimeZone } from "../page/time";
import { startReport } from "./report";
import { courtMsInHash } from "./seek";
import { State } from "./state";
import type { Player } from "./player";

const page = byId("broadcast", HTMLElement);
const zone = courtTimeZone();

/** What the server's template wrote on the page. */
function given(name: string): string {
  return page.dataset[name] ?? "";
}

let player: Promise<Player> | undefined;

/** The player's code is fetched only where something can be played. */
async function makePlayer(state: State): Promise<Player> {
  const module = await import("./player");
  const made = new module.Player({
    hls: given("hls"),
    whep: given("whep") === "" ? null : given("whep"),
    preview: given("preview") === "" ? null : given("preview"),
    live: given("live") === "true",
    zone,
    air: state,
  });
  made.playHls();
  return made;
}

function play(state: State): void {
  if (given("hls") === "") return;
  byId("player-poster", HTMLElement).hidden = true;
  player ??= makePlayer(state);
}

async function followHash(): Promise<void> {
  const courtMs = courtMsInHash(location.hash);
  if (courtMs !== null && player !== undefined) await (await player).seekTo(courtMs);
}

const first = (page.dataset["state"] ?? "upcoming") as BroadcastState;
const state = new State(
  first,
  (now) => {
    if (now === "withdrawn") leave();
    else if (now !== "upcoming" && now !== "ended") play(state);
  },
  (what) => {
    if (what === "name") leave();
    else void player?.then((one) => one.loadAnew());
  },
);

/** Show what the server says of it now; spread, so that not all readers come at once. */
function leave(): void {
  page.hidden = true;
  void player?.then((one) => {
    one.stop();
  });
  setTimeout(() => {
    location.reload();
  }, Math.random() * 1000);
}

startReport({ events: given("reportEvents"), after: given("reportAfter"), zone });
state.follow(given("stateEvents"));
if (given("playable") === "true") play(state);
void followHash();
addEventListener("hashchange", () => void followHash());
// The same moment again: the address does not change, so no event tells of it.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.post-time") : null;
  if (link?.getAttribute("href") === location.hash) void followHash();
});
