/** Whose hearing it can be: divisions and judges of the courtroom's court, judges by division. */

/** Whether a judge is offered; `divisions` are the judge's own, "" where it is the whole court. */
export function presidesIn(divisions: string, division: string): boolean {
  return division === "" || divisions === "" || divisions.split(" ").includes(division);
}

/** Offer what goes together, whenever the courtroom or the division is chosen. */
export function offerByCourt(form: HTMLFormElement): void {
  const [room, division, judge] = ["courtroom", "division", "judge"].map((name) =>
    form.querySelector<HTMLSelectElement>(`select[name="${name}"]`),
  );
  if (!room || !judge) return;
  const offer = (): void => {
    const court = room.selectedOptions[0]?.dataset["court"];
    if (division) choose(division, court, () => true);
    const wanted = division?.value ?? "";
    choose(judge, court, (one) => presidesIn(one.dataset["divisions"] ?? "", wanted));
  };
  room.addEventListener("change", offer);
  division?.addEventListener("change", offer);
  offer();
}

/** Offer what is of the court and is `wanted`; what was chosen and is not offered is chosen no more. */
function choose(
  list: HTMLSelectElement,
  court: string | undefined,
  wanted: (one: HTMLOptionElement) => boolean,
): void {
  for (const group of list.querySelectorAll("optgroup")) {
    const options = [...group.querySelectorAll("option")];
    for (const one of options) {
      const isOffered = group.dataset["court"] === court && wanted(one);
      if (!isOffered && one.value === list.value) list.selectedIndex = 0;
      one.hidden = one.disabled = !isOffered;
    }
    group.hidden = options.every((one) => one.hidden);
  }
}
