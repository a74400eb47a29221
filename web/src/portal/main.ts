/** The portal's front page: keeps the pictures of live hearings fresh. */
import "../style/page.css";
import "../style/portal.css";

const EVERY_MS = 10_000;

function refresh(): void {
  if (document.visibilityState === "hidden") return;
  for (const image of document.querySelectorAll<HTMLImageElement>("img[data-live-thumbnail]")) {
    const address = new URL(image.src, document.baseURI);
    address.searchParams.set("at", String(Math.floor(Date.now() / EVERY_MS)));
    image.src = address.href;
  }
}

/** A hearing that is not on the air yet has no picture: the placeholder stays. */
function hideBroken(event: Event): void {
  const { target } = event;
  if (target instanceof HTMLImageElement) target.hidden = event.type === "error";
}

for (const image of document.querySelectorAll<HTMLImageElement>("img[data-live-thumbnail]")) {
  image.addEventListener("error", hideBroken);
  image.addEventListener("load", hideBroken);
  if (image.complete && image.naturalWidth === 0) image.hidden = true;
}
setInterval(refresh, EVERY_MS);
