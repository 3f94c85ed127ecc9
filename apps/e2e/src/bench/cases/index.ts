import type { Case } from './case';
import { CONNECTIONS } from './connections';
import { FAN_OUT } from './fan-out';
import { INGEST } from './ingest';

/** In the order in which they are asked and shown. */
export const CASES: readonly Case[] = [...CONNECTIONS, ...FAN_OUT, ...INGEST];
