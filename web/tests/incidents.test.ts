import { describe, expect, it } from "vitest";
import { instantOf } from "../src/incidents/account";

const ZONE = "Asia/Shanghai";

function timeField(offered: string, exact: string): HTMLInputElement {
  const input = document.createElement("input");
  input.dataset["exact"] = exact;
  input.defaultValue = offered;
  return input;
}

describe("the time of an incident", () => {
  it("that was left as it was offered is sent with its fraction of a second", () => {
    const input = timeField("2026-11-23T14:00:07", "2026-11-23T06:00:07.250000Z");
    input.value = "2026-11-23T14:00:07";
    expect(instantOf(input, ZONE)).toBe("2026-11-23T06:00:07.250000Z");
  });

  it("is the one offered also where the browser leaves out seconds of 00", () => {
    const input = timeField("2026-11-23T14:00:00", "2026-11-23T06:00:00.250000Z");
    input.value = "2026-11-23T14:00";
    expect(instantOf(input, ZONE)).toBe("2026-11-23T06:00:00.250000Z");
  });

  it("that was changed is the court's own time", () => {
    const input = timeField("2026-11-23T14:00:07", "2026-11-23T06:00:07.250000Z");
    input.value = "2026-11-23T14:00:09";
    expect(instantOf(input, ZONE)).toBe("2026-11-23T06:00:09.000Z");
  });
});
