import { Database } from '../database';
import { RoomLog } from '../room-log';
import { silent } from '../../testing/silent-log';
import type { Stage } from './stage';

/**
 * Appends to a room, and prints `seq text` of each entry that is acknowledged, until it is killed. Its arguments are a stage's
 * settings as JSON, and the room's id.
 */
const [json = '', room] = process.argv.slice(2);
const settings = JSON.parse(json) as ReturnType<Stage['settings']>;
const database = await Database.open(settings, silent);
const poolSize = settings.DATABASE_POOL;
const roomLog = new RoomLog(database, () => undefined, { poolSize, log: silent });
let count = 0;

async function appendForever(): Promise<void> {
  for (;;) {
    const text = `${String(process.pid)}-${String(++count)}`;
    const body = { user: { id: 'ann' }, text };
    const draft = { kind: 'message' as const, userId: 'ann', key: null, body, policyVersion: 0 };
    const { seq } = await roomLog.append(Number(room), draft);
    process.stdout.write(`${String(seq)} ${text}\n`);
  }
}

await Promise.all(Array.from({ length: 32 }, appendForever));
