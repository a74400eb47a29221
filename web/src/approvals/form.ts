/** What an application's form says, as it is sent. [pure but for reading the form] */

export interface Answer {
  readonly answer: string;
  readonly note: string;
}

export interface ApplicationForm {
  readonly kind: string;
  readonly media: readonly string[];
  readonly reason: string;
  readonly answers: Readonly<Record<string, Answer>>;
}

function valueIn(line: ParentNode, name: string): string {
  const control = line.querySelector<HTMLInputElement | HTMLSelectElement>(`[name="${name}"]`);
  return control?.value.trim() ?? "";
}

/** The answers that were given; a line without one is left out. */
export function answersOf(form: ParentNode): Record<string, Answer> {
  const answers: Record<string, Answer> = {};
  for (const line of form.querySelectorAll<HTMLElement>("[data-line]")) {
    const answer = valueIn(line, "answer");
    const { line: code = "" } = line.dataset;
    if (answer !== "") answers[code] = { answer, note: valueIn(line, "note") };
  }
  return answers;
}

export function formOf(form: HTMLFormElement): ApplicationForm {
  const checked = (name: string): string[] =>
    [...form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]:checked`)].map(
      (input) => input.value,
    );
  return {
    kind: checked("kind")[0] ?? "broadcast",
    media: checked("media"),
    reason: form.querySelector<HTMLTextAreaElement>('textarea[name="reason"]')?.value.trim() ?? "",
    answers: answersOf(form),
  };
}
