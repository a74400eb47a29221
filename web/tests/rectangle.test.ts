import { describe, expect, it } from "vitest";
import { between, keyed, LEAST, moved, sized, WHOLE } from "../src/console/rectangle";

const BOX = { x: 0.4, y: 0.4, width: 0.2, height: 0.2 };

describe("a rectangle", () => {
  it("lies between two corners, whichever comes first", () => {
    const box = { x: 0.25, y: 0.25, width: 0.5, height: 0.25 };
    expect(between({ x: 0.25, y: 0.25 }, { x: 0.75, y: 0.5 })).toEqual(box);
    expect(between({ x: 0.75, y: 0.25 }, { x: 0.25, y: 0.5 })).toEqual(box);
  });

  it("stays inside the picture however it is drawn, moved and sized", () => {
    expect(between({ x: -3, y: -1 }, { x: 7, y: 2 })).toEqual(WHOLE);
    expect(moved(BOX, { x: 9, y: -9 })).toEqual({ ...BOX, x: 0.8, y: 0 });
    expect(sized(BOX, { x: 9, y: 9 })).toEqual({ ...BOX, width: 0.6, height: 0.6 });
    expect(sized(BOX, { x: -9, y: -9 })).toEqual({ ...BOX, width: LEAST, height: LEAST });
    const corner = between({ x: 1, y: 1 }, { x: 1, y: 1 });
    expect(corner.x + corner.width).toBe(1);
  });

  it("follows the arrow keys, and no other", () => {
    expect(keyed(BOX, "ArrowLeft", false)).toEqual({ ...BOX, x: 0.39 });
    expect(keyed(BOX, "ArrowDown", true)).toEqual({ ...BOX, height: 0.21 });
    expect(keyed(BOX, "Tab", false)).toBeNull();
  });
});
