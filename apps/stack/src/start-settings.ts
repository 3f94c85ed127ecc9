import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { CannotStart } from './cannot-start';
import { ROOT } from './paths';

const PORT_ERROR = 'is a number from 0 to 65535';

const Schema = z.object({
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce
    .number(PORT_ERROR)
    .int(PORT_ERROR)
    .min(0, PORT_ERROR)
    .max(65_535, PORT_ERROR)
    .default(8080),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: z.string().optional(),
  REDIS_URL: z.string().optional(),
  SEED: z.enum(['0', '1'], 'is 0 or 1').optional(),
});

/** What `npm start` itself wants to know of the environment; the rest is the gateway's, and is handed on. */
export interface StartSettings {
  host: string;
  /** 0: a free one. */
  port: number;
  /** Absolute. */
  dataDir: string;
  /** SQLite in the data folder; else MySQL and Redis, and nothing is kept here. */
  isEmbedded: boolean;
  /** `rooms`: seeded rooms with bots; `one-room`: an empty one; null: nothing is made. */
  seed: 'rooms' | 'one-room' | null;
}

/** @throws {CannotStart} naming the variable and what it should be. */
export function readStartSettings(environment: NodeJS.ProcessEnv): StartSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Schema.safeParse(given);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((it) => `${it.path.join('.')} ${it.message}`);
    throw new CannotStart(`${issues.join('; ')}.`);
  }
  const { HOST, PORT, DATA_DIR, DATABASE_URL, REDIS_URL, SEED } = parsed.data;
  const isEmbedded = DATABASE_URL === undefined && REDIS_URL === undefined;
  return {
    host: HOST,
    port: PORT,
    dataDir: isAbsolute(DATA_DIR) ? DATA_DIR : join(ROOT, DATA_DIR),
    isEmbedded,
    seed: seedOf(SEED, isEmbedded),
  };
}

/** A database of its own may be somebody's product: nothing is put into it unasked. */
function seedOf(given: '0' | '1' | undefined, isEmbedded: boolean): StartSettings['seed'] {
  if (given === '1') return 'rooms';
  if (!isEmbedded) return null;
  return given === '0' ? 'one-room' : 'rooms';
}
