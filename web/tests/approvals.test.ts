import { expect, it } from "vitest";
import { formOf } from "../src/approvals/form";

const HTML = `<form>
  <input type="radio" name="kind" value="broadcast"><input type="radio" name="kind" value="no_broadcast" checked>
  <input type="checkbox" name="media" value="video" checked><input type="checkbox" name="media" value="text">
  <textarea name="reason"> Why. </textarea>
  <ol>
    <li data-line="E-01"><select name="answer"><option value="">–</option><option value="no" selected>No</option></select><input name="note" value=" a note "></li>
    <li data-line="E-02"><select name="answer"><option value="" selected>–</option></select><input name="note" value="lost"></li>
  </ol></form>`;

it("sends what was filled in, and no line without an answer", () => {
  document.body.replaceChildren(
    ...new DOMParser().parseFromString(HTML, "text/html").body.childNodes,
  );
  const form = document.querySelector("form");
  if (form === null) throw new Error("no form");
  expect(formOf(form)).toEqual({
    kind: "no_broadcast",
    media: ["video"],
    reason: "Why.",
    answers: { "E-01": { answer: "no", note: "a note" } },
  });
});
