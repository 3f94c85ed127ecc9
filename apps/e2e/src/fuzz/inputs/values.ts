import type { Random } from '../../testing/random';

const NUMBERS = [0, -1, 1.5, 1e308, -0, 2 ** 53, 2 ** 31, -(2 ** 63), Number.MIN_VALUE];
const TEXTS = [
  '',
  ' ',
  '0',
  'null',
  '__proto__',
  'constructor',
  'toString',
  "' OR 1=1 --",
  '${7*7}',
  '../../etc/passwd',
  '\u0000',
  '\ud800',
  'a\u0000b',
  '\u{10ffff}',
  '%',
  '%00',
  '2026-11-21T00:00:00Z',
];
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'then', 'extra', '', '0'];
/** Bytes that are no UTF-8: cut, overlong, a surrogate, beyond the last character, and those that are never there. */
const NO_UTF8 = [
  [0xc3],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xff],
  [0xfe],
];

/** Any JSON, not too deep. */
export function anything(random: Random, depth = 2): unknown {
  switch (random.below(depth > 0 ? 10 : 8)) {
    case 0:
      return null;
    case 1:
      return random.isTrue();
    case 2:
      return random.one(NUMBERS);
    case 3:
      return random.below(1_000);
    case 4:
      return random.text(random.below(30));
    case 5:
      return random.one(TEXTS);
    case 6:
      return random.isTrue() ? {} : [];
    case 7:
      return random.one(['x', '弹', '\u0301', '[']).repeat(random.below(3_000));
    case 8:
      return Array.from({ length: random.below(4) }, () => anything(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [
          random.isTrue() ? random.one(KEYS) : random.text(4),
          anything(random, depth - 1),
        ]),
      );
  }
}

/** The same JSON with one part of it wrong: another value, none, or one too many. */
export function mutated(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.below(8) === 0) return anything(random);
  if (Array.isArray(value)) return mutatedArray(random, value);
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const [key, child] = entries[at] ?? [];
  if (key === undefined) {
    return Object.fromEntries([...entries, [random.one(KEYS), anything(random)]]);
  }
  if (random.below(4) === 0) return Object.fromEntries(entries.filter((_, i) => i !== at));
  return Object.fromEntries(
    entries.map((it, i) => (i === at ? [key, mutated(random, child)] : it)),
  );
}

function mutatedArray(random: Random, array: readonly unknown[]): unknown[] {
  if (array.length === 0) return [anything(random)];
  const at = random.below(array.length);
  switch (random.below(4)) {
    case 0:
      return array.filter((_, i) => i !== at);
    case 1:
      return Array.from({ length: random.below(300) }, () => array[at]);
    default:
      return array.map((it, i) => (i === at ? mutated(random, it) : it));
  }
}

/** The bytes of a text with some of them wrong: cut, turned, doubled, or no UTF-8. */
export function broken(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text);
  const at = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random.below(6)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, Buffer.from(random.one(NO_UTF8)), after]);
    case 2:
      return Buffer.concat([before, Buffer.from(random.text(1)), after.subarray(1)]);
    case 3:
      return Buffer.concat([bytes, after]);
    case 4:
      return Buffer.concat([Buffer.from('\ufeff'), bytes]);
    default:
      return Buffer.concat([before, Buffer.from([random.below(256)]), after.subarray(1)]);
  }
}

/** JSON that is nested deeper than anybody needs; whether its brackets are closed, too, is left to chance. */
export function nested(random: Random, maxDepth: number): string {
  const depth = random.below(maxDepth);
  const [open, close] = random.isTrue() ? ['[', ']'] : ['{"a":', '}'];
  return open.repeat(depth) + (random.isTrue() ? `1${close.repeat(depth)}` : '');
}
