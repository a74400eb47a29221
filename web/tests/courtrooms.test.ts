import { expect, test } from "vitest";
import { hearingOf, momentOf } from "../src/calendar/entry";
import { shapeOf } from "../src/calendar/plan";
import { cameraOf, presetFor } from "../src/courtrooms/camera-form";

function fields(values: Readonly<Record<string, string | readonly string[]>>): FormData {
  const form = new FormData();
  for (const [name, given] of Object.entries(values))
    for (const value of typeof given === "string" ? [given] : given) form.append(name, value);
  return form;
}

test("a camera's address that was left empty is not sent, and stays", () => {
  const given = { name: " 审判席 ", name_en: "", place: "2" };
  expect(cameraOf(fields({ ...given, url: " " }))).toEqual({
    name: "审判席", name_en: "", microphone: false, place: 2,
  });
  const changed = cameraOf(fields({ ...given, url: "rtsp://a/b", microphone: "on" }));
  expect(changed).toMatchObject({ url: "rtsp://a/b", microphone: true });
});

test("another kind of camera keeps what was written, and replaces a preset", () => {
  const presets = ["", "rtmp-listen://0.0.0.0:1935/live", "whip-listen://"];
  expect(presetFor("", "whip-listen://", presets)).toBe("whip-listen://");
  expect(presetFor("whip-listen://", "", presets)).toBe("");
  expect(presetFor("rtsp://a/b", "whip-listen://", presets)).toBe("rtsp://a/b");
});

test("a hearing's time is the court's own, on both sides of a clock change", () => {
  expect(momentOf("2026-11-27T09:00", "Asia/Shanghai")).toBe("2026-11-27T01:00:00.000Z");
  expect(momentOf("2026-10-24T09:00", "Europe/London")).toBe("2026-10-24T08:00:00.000Z");
  expect(momentOf("2026-10-26T09:00", "Europe/London")).toBe("2026-10-26T09:00:00.000Z");
  expect(momentOf("", "Asia/Shanghai")).toBe("");
});

test("a hearing without a judge says so, and a state secret is told", () => {
  const given = { courtroom: "c", scheduled_at: "2026-11-27T09:00", judge: "" };
  const hearing = hearingOf(fields({ ...given, state_secret: "on" }), "Asia/Shanghai");
  expect(hearing).toMatchObject({ judge: null, state_secret: true });
});

test("a plan without video needs no camera", () => {
  const given = { delay_s: "10.5", layout: "", camera: ["a", "b"] };
  expect(shapeOf(fields({ ...given, medium: ["video", "image_text"] }))).toEqual({
    delay_s: 10.5, layout: null, medium: ["video", "image_text"], cameras: ["a", "b"],
  });
  expect(shapeOf(fields({ ...given, layout: "quad", medium: "image_text" }))).toEqual({
    delay_s: 10.5, layout: "quad", medium: ["image_text"], cameras: [],
  });
});
