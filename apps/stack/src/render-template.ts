/**
 * Fills in `${HUBBUB_…}`, as envsubst does in Nginx's image; Nginx's own `$names` stay.
 *
 * @throws {Error} where a variable has no value.
 */
export function renderTemplate(template: string, values: Record<string, string>): string {
  return template.replace(/\$\{(HUBBUB_[A-Z_]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template wants ${name}`);
    return value;
  });
}
