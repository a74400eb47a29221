/** A rectangle over a picture: drawn with the pointer, moved and sized with the arrow keys. */
import type { MaskMethod, Rectangle } from "../api/showing";
import { text } from "../language/texts";
import { element } from "../page/dom";
import { between, keyed, LEAST, moved, type Point } from "./rectangle";

/** Put an element where a rectangle lies; the picture fills the element's own parent. */
export function place(target: HTMLElement, rectangle: Rectangle): void {
  target.style.left = `${rectangle.x * 100}%`;
  target.style.top = `${rectangle.y * 100}%`;
  target.style.width = `${rectangle.width * 100}%`;
  target.style.height = `${rectangle.height * 100}%`;
}

/** A rectangle that only shows where something is hidden. */
export function maskBox(rectangle: Rectangle, method: MaskMethod, kind: string): HTMLElement {
  const box = element("span", { class: `mask-box mask-${method} mask-${kind}` });
  place(box, rectangle);
  return box;
}

export interface DrawnRectangle {
  readonly box: HTMLElement;
  rectangle: Rectangle;
}

/** Words for a rectangle, for who cannot see it. */
export function rectangleWords(rectangle: Rectangle): string {
  const percent = (value: number): number => Math.round(value * 100);
  return text("rectangleAt", {
    x: percent(rectangle.x),
    y: percent(rectangle.y),
    width: percent(rectangle.width),
    height: percent(rectangle.height),
  });
}

/** A rectangle that can be moved; `changed` hears of each change. */
export function movableBox(start: Rectangle, changed: (now: Rectangle) => void): DrawnRectangle {
  const box = element("div", { class: "mask-drawn", tabindex: 0, role: "group" });
  const drawn: DrawnRectangle = { box, rectangle: start };
  const set = (now: Rectangle): void => {
    drawn.rectangle = now;
    place(box, now);
    box.setAttribute("aria-label", rectangleWords(now));
  };
  set(start);
  box.addEventListener("keydown", (event) => {
    const now = keyed(drawn.rectangle, event.key, event.shiftKey);
    if (now === null) return;
    event.preventDefault();
    set(now);
    changed(now);
  });
  dragged(box, () => box.parentElement, (from, to, before) => {
    const now = moved(before ?? drawn.rectangle, { x: to.x - from.x, y: to.y - from.y });
    set(now);
    changed(now);
  }, () => drawn.rectangle);
  return drawn;
}

/** Draw a new rectangle wherever the picture itself is dragged over; `ended` hears of the last. */
export function drawnOn(
  surface: HTMLElement,
  drawn: (rectangle: Rectangle) => void,
  ended: (rectangle: Rectangle) => void = () => undefined,
): void {
  let last: Rectangle | null = null;
  dragged(surface, () => surface, (from, to) => {
    if (Math.hypot(to.x - from.x, to.y - from.y) < LEAST) return;
    last = between(from, to);
    drawn(last);
  });
  surface.addEventListener("lostpointercapture", () => {
    if (last !== null) ended(last);
    last = null;
  });
}

type Drag = (from: Point, to: Point, before: Rectangle | undefined) => void;

function dragged(
  target: HTMLElement,
  surface: () => HTMLElement | null,
  act: Drag,
  rectangle?: () => Rectangle,
): void {
  target.addEventListener("pointerdown", (down) => {
    const around = surface()?.getBoundingClientRect();
    if (around === undefined || down.target !== target || down.button !== 0) return;
    down.preventDefault();
    target.setPointerCapture(down.pointerId);
    const at = (event: PointerEvent): Point => ({
      x: (event.clientX - around.left) / around.width,
      y: (event.clientY - around.top) / around.height,
    });
    const [from, before] = [at(down), rectangle?.()];
    const move = (event: PointerEvent): void => {
      act(from, at(event), before);
    };
    const end = (): void => {
      target.removeEventListener("pointermove", move);
      target.focus();
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("lostpointercapture", end, { once: true });
  });
}
