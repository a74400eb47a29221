import { beforeEach, describe, expect, it } from "vitest";
import { changeRows, rolesOf } from "../src/people/roles";

const ROW = `<div data-role-row>
  <select name="role"><option>technician</option><option>clerk</option></select>
  <select name="court"><option value="">every</option><option value="c1" selected>one</option></select>
  <button type="button" data-role-remove>-</button>
</div>`;

function form(): HTMLFormElement {
  const found = document.querySelector("form");
  if (found === null) throw new Error("no form");
  return found;
}

function press(selector: string): void {
  document.querySelector<HTMLButtonElement>(selector)?.click();
}

beforeEach(() => {
  const page = `<form><div data-roles>${ROW}</div>
    <button type="button" data-role-add>+</button></form><template id="role-row">${ROW}</template>`;
  document.body.replaceChildren(
    ...new DOMParser().parseFromString(page, "text/html").body.childNodes,
  );
  changeRows(form());
});

describe("the roles of a form", () => {
  it("are read row by row, with no court for every court", () => {
    press("[data-role-add]");
    const courts = document.querySelectorAll<HTMLSelectElement>("form [name=court]");
    const last = courts.item(1);
    last.value = "";
    expect(rolesOf(form())).toEqual([
      { role: "technician", court: "c1" },
      { role: "technician", court: null },
    ]);
  });

  it("can be taken away but for the last", () => {
    press("[data-role-add]");
    press("[data-role-remove]");
    expect(rolesOf(form())).toHaveLength(1);
    press("[data-role-remove]");
    expect(rolesOf(form())).toHaveLength(1);
  });
});
