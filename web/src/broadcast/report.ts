/** The image-text live report 图文直播 beside the video. */
import type { Post } from "../api/types";
import { EventStream } from "../api/events";
import { text } from "../language/texts";
import { byId, setText } from "../page/dom";
import { ListView } from "../report/list-view";
import { postView } from "../report/post-view";
import { Held } from "../report/report-list";

export interface ReportSetting {
  readonly events: string;
  /** Where the list of the server's page ends; the stream goes on behind it. */
  readonly after: string;
  readonly zone: string;
}

export function startReport(setting: ReportSetting): void {
  const report = new ReportPanel(setting.zone);
  const onConnection = (connected: boolean): void => {
    byId("report-connection", HTMLElement).hidden = connected;
  };
  const listeners = {
    post: (data: unknown) => {
      report.take(data as Post);
    },
  };
  new EventStream(setting.events, listeners, { after: setting.after, onConnection }).start();
}

class ReportPanel {
  readonly #held = new Held();
  readonly #list = byId("report-list", HTMLOListElement);
  readonly #empty = byId("report-empty", HTMLElement);
  readonly #pause = byId("report-pause", HTMLButtonElement);
  readonly #waiting = byId("report-waiting", HTMLButtonElement);
  readonly #view: ListView<Post>;

  constructor(zone: string) {
    this.#view = new ListView(this.#list, (post) => postView(post, zone));
    this.#pause.hidden = false;
    this.#pause.addEventListener("click", () => {
      if (this.#held.isPaused) this.#resume();
      else this.#held.pause();
      this.#told();
    });
    this.#waiting.addEventListener("click", () => {
      this.#resume();
      this.#told();
      this.#list.querySelector("a")?.focus();
    });
  }

  take(post: Post): void {
    this.#view.show(this.#held.take([post]));
    this.#told();
  }

  #resume(): void {
    this.#view.show(this.#held.resume());
  }

  #told(): void {
    const { isPaused, waiting } = this.#held;
    this.#list.setAttribute("aria-live", isPaused ? "off" : "polite");
    this.#empty.hidden = !this.#view.isEmpty;
    this.#pause.setAttribute("aria-pressed", String(isPaused));
    setText(this.#pause, isPaused ? text("reportResume") : text("reportPause"));
    this.#waiting.hidden = waiting === 0;
    setText(this.#waiting, text("reportWaiting", { n: waiting }));
  }
}
