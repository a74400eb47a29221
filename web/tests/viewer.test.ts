import { expect, test } from "vitest";
import { keptViewer } from "../src/embed/viewer";

test("a tab stays the same viewer when the frame is loaded again", () => {
  sessionStorage.clear();
  expect(keptViewer("viewer=first")).toBe("viewer=first");
  expect(keptViewer("viewer=second")).toBe("viewer=first");
});

test("a frame without storage plays as whoever the server said", () => {
  const closed = (): Storage => {
    throw new Error("SecurityError");
  };
  expect(keptViewer("viewer=first", closed)).toBe("viewer=first");
});
