/** What the public sees: still pictures of the public stream, or the stream itself, muted. */
import { text } from "../language/texts";
import { byId, setText } from "../page/dom";
import type { HlsPicture } from "../broadcast/hls-picture";

const STILL_EVERY_MS = 2000;

/** `isOnAir`: before the start and after the end there is no picture to ask for. */
export function showPublicPicture(thumbnail: string, hls: string, isOnAir: () => boolean): void {
  const still = byId("public-still", HTMLImageElement);
  const place = byId("public-stream", HTMLElement);
  const button = byId("public-toggle", HTMLButtonElement);
  let stream: HlsPicture | undefined;
  setInterval(() => {
    if (stream === undefined && isOnAir() && document.visibilityState !== "hidden") {
      still.src = `${thumbnail}?at=${Date.now()}`;
    }
  }, STILL_EVERY_MS);
  still.addEventListener("error", () => {
    still.hidden = true;
  });
  still.addEventListener("load", () => {
    still.hidden = stream !== undefined;
  });
  button.addEventListener("click", () => {
    if (stream === undefined) void play();
    else stop();
  });

  async function play(): Promise<void> {
    const { HlsPicture } = await import("../broadcast/hls-picture");
    const say = (): void => undefined;
    stream = new HlsPicture(hls, { retrying: say, playing: say, failed: stop });
    place.append(stream.media);
    stream.start();
    still.hidden = true;
    setText(button, text("publicThumbnail"));
  }

  function stop(): void {
    stream?.close();
    stream = undefined;
    setText(button, text("publicStream"));
  }
}
