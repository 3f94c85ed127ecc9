import { rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { endGroups, Processes } from './process-list';

/**
 * Outlives its runner, and ends what that leaves behind when it is killed. Standard input is a pipe from the runner: a line
 * each time its processes change, the last one counts. The pipe ends when the runner is gone, however it went.
 */
const Line = Processes.pick({ groups: true }).extend({ remove: z.string().nullable() });

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const last = (await text(process.stdin)).trimEnd().split('\n').at(-1) ?? '';
if (last !== '') {
  const { groups, remove } = Line.parse(JSON.parse(last));
  await endGroups(groups);
  if (remove !== null) rmSync(remove, { recursive: true, force: true, maxRetries: 5 });
}
