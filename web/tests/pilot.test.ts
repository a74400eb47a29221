import { expect, test } from "vitest";
import { pilotOf } from "../src/courtrooms/pilot";

test("a pilot is sent with its last day, an end of one without", () => {
  const form = new FormData();
  form.append("reason", " 试行 ");
  expect(pilotOf(form)).toEqual({ reason: "试行" });
  form.append("last_day", "2026-12-31");
  expect(pilotOf(form)).toEqual({ last_day: "2026-12-31", reason: "试行" });
});
