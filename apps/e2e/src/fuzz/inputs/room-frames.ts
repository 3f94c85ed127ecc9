import { REQUESTS } from '@hubbub/protocol';
import { z } from 'zod';
import type { Random } from '../../testing/random';
import { hintsOf, type Stage } from '../stage';
import { fromSchema, type JsonSchema } from './from-schema';
import { anything, broken, mutated, nested } from './values';

const SCHEMAS = Object.entries(REQUESTS).map(
  ([event, schema]) => [event, z.toJSONSchema(schema, { io: 'input' }) as JsonSchema] as const,
);
/** Just below and above the largest frame. */
const LARGE = { from: 16_000, over: 800 };

/** A frame of the room protocol: right, nearly right, or noise. Text as a string; as bytes what is to be sent as text all the same. */
export function roomFrame(random: Random, stage: Stage): string | Buffer {
  const dice = random.below(100);
  if (dice < 62) return JSON.stringify(request(random, stage));
  if (dice < 72) return JSON.stringify(mutated(random, request(random, stage)));
  if (dice < 80) return JSON.stringify(anything(random, 3));
  if (dice < 88) return broken(random, JSON.stringify(request(random, stage)));
  if (dice < 97) return random.text(random.below(60));
  if (dice < 99) return nested(random, 8_000);
  return 'x'.repeat(LARGE.from + random.below(LARGE.over));
}

function request(random: Random, stage: Stage): object {
  const [event, schema] = random.one(SCHEMAS);
  const rooms = [...stage.rooms, ...stage.rooms, ...stage.rooms, 'no-such-room', '~0'];
  const data = fromSchema(random, schema, hintsOf(stage, random, rooms));
  return { event, id: random.below(1e6), data };
}
