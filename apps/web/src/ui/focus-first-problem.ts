/** Puts the focus on the first of `fields` that has a problem: the reader is where something has to be done. */
export function focusFirstProblem<F extends string>(
  form: HTMLFormElement | null,
  fields: readonly F[],
  problems: Partial<Record<F, unknown>>,
): void {
  const first = fields.find((field) => problems[field] !== undefined);
  if (first !== undefined) {
    form?.querySelector<HTMLInputElement>(`input[name="${first}"]`)?.focus();
  }
}
