import { z } from 'zod';

/** What JSON makes of a text; the text itself where it is none. */
function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

const toNumber = (value: unknown) =>
  typeof value === 'string' && value.trim() !== '' ? Number(value) : value;

/** A whole number of at least `min`, also as text. */
export function count(min: number, max = Number.MAX_SAFE_INTEGER) {
  const range =
    max === Number.MAX_SAFE_INTEGER ? `from ${String(min)}` : `${String(min)} to ${String(max)}`;
  const message = `has to be a whole number, ${range}`;
  return z.preprocess(toNumber, z.number(message).int(message).min(min, message).max(max, message));
}

/** A number of at least `min`, also as text. */
export function amount(min: number, max = Number.MAX_SAFE_INTEGER) {
  const message = `has to be a number from ${String(min)}`;
  return z.preprocess(toNumber, z.number(message).min(min, message).max(max, message));
}

const FLAGS = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  [1, true],
  ['1', true],
  [false, false],
  ['false', false],
  [0, false],
  ['0', false],
]);

/** `true` or `false`, `1` or `0`, also as text. */
export const flag = z.preprocess(
  (value) => FLAGS.get(value) ?? value,
  z.boolean('has to be true or false'),
);

/** A text as it is: a secret of digits stays a text. One in quotes is JSON's, as an environment file may have it. */
export const text = z.preprocess((value) => {
  if (typeof value === 'number') return String(value);
  const parsed = typeof value === 'string' && value.startsWith('"') ? fromJson(value) : value;
  return typeof parsed === 'string' ? parsed : value;
}, z.string('has to be a text'));

/** A list of texts, as JSON or an array; a text alone is a list of one. */
export const texts = z.preprocess(
  (value) => {
    const parsed = fromJson(value);
    return typeof parsed === 'string' ? [parsed] : parsed;
  },
  z.array(z.string(), 'has to be a list of texts'),
);

/** A list of anything, as JSON or an array. */
export const list = z.preprocess(fromJson, z.array(z.unknown(), 'has to be a list in JSON'));

export function oneOf<const T extends readonly [string, ...string[]]>(...names: T) {
  return z.enum(names, `has to be one of ${names.join(', ')}`);
}
