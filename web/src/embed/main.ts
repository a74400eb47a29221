/** A broadcast in a frame of another site: the player alone. */
import "../style/page.css";
import "../style/player.css";
import "../style/embed.css";
import { Watching } from "../broadcast/watching";
import { Framing, framers, type SitesEvent } from "./framing";
import { keptViewer } from "./viewer";

const given = document.getElementById("broadcast")?.dataset;
if (given !== undefined) {  // else what was withdrawn
  const watching = new Watching({
    query: keptViewer(given["viewer"] ?? ""),
    startS: Number(given["start"] ?? "0"),
  });
  const framing = new Framing(framers(), (given["sites"] ?? "").split(" "));
  watching.start({
    sites: (data) => {
      if (framing.mustGo((data as SitesEvent).sites)) watching.leave();
    },
  });
}
