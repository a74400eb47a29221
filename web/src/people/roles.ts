/** The rows of a form in which roles are given: each a role and a court. */
import type { GivenRole } from "../api/types";
import { byId } from "../page/dom";

/** The roles of a form; an empty court means every court. */
export function rolesOf(form: HTMLFormElement): GivenRole[] {
  return [...form.querySelectorAll("[data-role-row]")].map((row) => ({
    role: chosen(row, "role"),
    court: chosen(row, "court") || null,
    ...ofDivision(chosen(row, "division")),
  }));
}

function ofDivision(division: string): { readonly division?: string } {
  return division === "" ? {} : { division };
}

function chosen(row: Element, name: string): string {
  return row.querySelector<HTMLSelectElement>(`select[name="${name}"]`)?.value ?? "";
}

/** Let rows be added and taken away; one always stays, for nobody is without a role. */
export function changeRows(form: HTMLFormElement, fewest = 1): void {
  const place = form.querySelector<HTMLElement>("[data-roles]");
  if (place === null) return;
  const offer = (): void => {
    const buttons = place.querySelectorAll<HTMLButtonElement>("[data-role-remove]");
    for (const button of buttons) button.disabled = buttons.length <= fewest;
  };
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button === null) return;
    if ("roleAdd" in button.dataset) {
      const row = byId("role-row", HTMLTemplateElement).content.cloneNode(true);
      place.append(row);
      place.querySelector<HTMLElement>("[data-role-row]:last-child select")?.focus();
    } else if ("roleRemove" in button.dataset) {
      button.closest("[data-role-row]")?.remove();
      form.querySelector<HTMLElement>("[data-role-add]")?.focus();
    }
    offer();
  });
  offer();
}
