import fc from 'fast-check';
import type { Random } from '../../testing/random';

/** As much of JSON Schema as the gateway's OpenAPI document has. */
export interface JsonSchema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
}

/** Values that mean something to the server, by the name of the field; undefined: whatever the schema allows. */
export type Hints = (name: string) => unknown;

const SAMPLES = 100;
const samples = new Map<string, string[]>();

/** Something that the schema allows. */
export function fromSchema(random: Random, schema: JsonSchema, hints: Hints, name = ''): unknown {
  const hint = random.below(10) === 0 ? undefined : hints(name);
  if (hint !== undefined) return hint;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.one(schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return fromSchema(random, random.one(alternatives), hints, name);
  const type = Array.isArray(schema.type) ? random.one(schema.type) : schema.type;
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([key]) => schema.required?.includes(key) === true || random.isTrue())
          .map(([key, property]) => [key, fromSchema(random, property, hints, key)]),
      );
    case 'array':
      return Array.from({ length: random.below(4) }, () =>
        fromSchema(random, schema.items ?? {}, hints, name),
      );
    case 'integer':
    case 'number':
      return numberOf(random, schema);
    case 'boolean':
      return random.isTrue();
    case 'null':
      return null;
    case undefined:
    default:
      return textOf(random, schema);
  }
}

function numberOf(random: Random, { minimum = 0, maximum = 1_000 }: JsonSchema): number {
  if (random.below(4) === 0) return random.one([minimum, maximum]);
  return minimum + random.below(Math.min(maximum - minimum, 10_000) + 1);
}

function textOf(random: Random, { pattern, minLength = 0, maxLength = 60 }: JsonSchema): string {
  if (pattern !== undefined) return random.one(samplesOf(pattern)).slice(0, maxLength);
  const length = minLength + random.below(Math.min(maxLength - minLength, 60) + 1);
  return random.text(length);
}

/** Texts that a pattern allows: the same ones in each run. */
function samplesOf(pattern: string): string[] {
  const known = samples.get(pattern);
  if (known) return known;
  const made = fc.sample(fc.stringMatching(new RegExp(pattern, 'u')), {
    seed: 1,
    numRuns: SAMPLES,
  });
  samples.set(pattern, made);
  return made;
}
