/** The page of one hearing: player, state, report. */
import "../style/page.css";
import "../style/player.css";
import "../style/report.css";
import { courtTimeZone } from "../page/time";
import { offerEmbedCode } from "./embed-code";
import { startReport } from "./report";
import { courtMsInHash } from "./seek";
import { Watching } from "./watching";

const watching = new Watching();

async function followHash(): Promise<void> {
  const courtMs = courtMsInHash(location.hash);
  if (courtMs !== null) await watching.seekTo(courtMs);
}

startReport({
  events: watching.given("reportEvents"),
  after: watching.given("reportAfter"),
  zone: courtTimeZone(),
});
watching.start();
offerEmbedCode();
void followHash();
addEventListener("hashchange", () => void followHash());
// The same moment again: the address does not change, so no event tells of it.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.post-time") : null;
  if (link?.getAttribute("href") === location.hash) void followHash();
});
