/** Rectangles in fractions of a picture, as they are drawn, moved and sized. [pure] */
import type { Rectangle } from "../api/showing";

/** Smaller ones are a slip of the hand. */
export const LEAST = 0.02;
export const WHOLE: Rectangle = { x: 0, y: 0, width: 1, height: 1 };
export const MIDDLE: Rectangle = { x: 0.4, y: 0.35, width: 0.2, height: 0.3 };

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The rectangle between two corners, cut off at the picture's edges. */
export function between(one: Point, other: Point): Rectangle {
  const [left, right] = [within(one.x), within(other.x)].sort((a, b) => a - b);
  const [top, bottom] = [within(one.y), within(other.y)].sort((a, b) => a - b);
  return inPicture({
    x: left ?? 0,
    y: top ?? 0,
    width: (right ?? 0) - (left ?? 0),
    height: (bottom ?? 0) - (top ?? 0),
  });
}

export function moved(rectangle: Rectangle, by: Point): Rectangle {
  return inPicture({ ...rectangle, x: rectangle.x + by.x, y: rectangle.y + by.y });
}

/** Move the lower right corner. */
export function sized(rectangle: Rectangle, by: Point): Rectangle {
  const { x, y } = rectangle;
  return inPicture({
    x,
    y,
    width: Math.min(rectangle.width + by.x, 1 - x),
    height: Math.min(rectangle.height + by.y, 1 - y),
  });
}

/** What an arrow key does to a rectangle: it moves, with the shift key it is sized. */
export function keyed(rectangle: Rectangle, key: string, isShift: boolean): Rectangle | null {
  const by = ARROWS[key];
  if (by === undefined) return null;
  return isShift ? sized(rectangle, by) : moved(rectangle, by);
}

const STEP = 0.01;
const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
};

function inPicture(rectangle: Rectangle): Rectangle {
  const width = round(Math.min(1, Math.max(LEAST, rectangle.width)));
  const height = round(Math.min(1, Math.max(LEAST, rectangle.height)));
  const x = round(Math.min(1 - width, Math.max(0, rectangle.x)));
  const y = round(Math.min(1 - height, Math.max(0, rectangle.y)));
  return { x, y, width, height };
}

function within(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
