/** A courtroom's cameras while they are tried: picture, state in words, sound. */
import type { Fault, Feeds, Meters } from "../api/types";
import { EventStream } from "../api/events";
import { Cameras } from "../console/cameras";
import { byId, setText } from "../page/dom";

interface TriedFeeds extends Feeds {
  readonly faults: readonly Fault[];
}

/** Follow the cameras that are received as long as this page is open. */
export function startEquipment(list: HTMLElement): void {
  const cameras = new Cameras(list, (_feed, places) => {
    places.lead.disabled = true; // nothing is shown to anybody: no camera has the first place
  });
  const listeners = {
    feeds: (data: unknown): void => {
      const feeds = data as TriedFeeds;
      cameras.show(feeds.cameras);
      tell(feeds.faults);
    },
    meters: (data: unknown): void => {
      for (const level of (data as Meters).cameras) cameras.meter(level);
    },
    over: (): void => {
      stream.stop();
      list.hidden = true;
      byId("over", HTMLElement).hidden = false;
    },
  };
  const onConnection = (connected: boolean): void => {
    byId("connection", HTMLElement).hidden = connected;
  };
  const stream = new EventStream(list.dataset["events"] ?? "", listeners, { onConnection });
  stream.start();
}

function tell(faults: readonly Fault[]): void {
  const alarms = byId("alarms", HTMLElement);
  alarms.hidden = faults.length === 0;
  setText(alarms, faults.map((one) => one.words).join(" "));
}
