import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Something that is asked for by its id. */
export interface Named {
  readonly id: string;
}

/** What cannot be run as it was asked. */
export class WrongOptions extends Error {}

/**
 * Those that are named, with commas between, in the order in which they are known. A name that is none itself stands for all that
 * begin with it and a dash.
 *
 * @param what they are, for whoever asks for one that there is not.
 * @throws {WrongOptions} naming those that there are.
 */
export function select<T extends Named>(what: string, names: string, known: readonly T[]): T[] {
  const chosen = names.split(',').flatMap((name) => {
    const exact = known.filter(({ id }) => id === name);
    const found = exact.length > 0 ? exact : known.filter(({ id }) => id.startsWith(`${name}-`));
    if (found.length === 0)
      throw new WrongOptions(`there is no ${what} "${name}"; there are ${listed(known)}`);
    return found;
  });
  return known.filter((it) => chosen.includes(it));
}

export function listed(known: readonly Named[]): string {
  return known.map(({ id }) => id).join(', ');
}

/** What `--name value` says by `options`, as `parseArgs` has it. @throws {WrongOptions} for what there is not. */
export function parseFlags<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new WrongOptions(error instanceof Error ? error.message : String(error));
  }
}

/** The value of `--name`. @throws {WrongOptions} where it is none. */
export function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new WrongOptions(`--${name} is a whole number from ${String(least)}, not "${text}"`);
  return value;
}
