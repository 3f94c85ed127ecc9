import { execFileSync } from 'node:child_process';
import { z } from 'zod';
import { workspacePath } from '../testing/workspace';

const BOUNDARIES = /^@nx\/enforce-module-boundaries: /;
const FOLDERS = /^@typescript-eslint\/no-restricted-imports: /;

/** A file, what it imports, and the rule that says no; null where it may. */
const PROBES: [path: string, from: string, rule: RegExp | null][] = [
  ['libs/protocol/src/probe.ts', '../../../apps/gateway/src/env', BOUNDARIES],
  ['libs/protocol/src/probe.ts', '@hubbub/client', BOUNDARIES],
  ['libs/client/src/probe.ts', '@hubbub/danmaku', BOUNDARIES],
  ['libs/danmaku/src/probe.ts', '@hubbub/protocol', BOUNDARIES],
  ['apps/web/src/probe.ts', '../../gateway/src/env', BOUNDARIES],
  ['apps/gateway/src/probe.ts', '@hubbub/client', BOUNDARIES],
  ['apps/gateway/src/probe.ts', '../../web/src/env', BOUNDARIES],
  ['apps/e2e/src/probe.ts', '../../gateway/src/env', BOUNDARIES],
  ['apps/gateway/src/fanout/probe.ts', '../rooms/policy', FOLDERS],
  ['apps/gateway/src/store/probe.ts', '../rooms/policy', FOLDERS],
  ['apps/gateway/src/rooms/probe.ts', '../socket/request', FOLDERS],
  ['apps/gateway/src/cluster/probe.ts', '../store/database', FOLDERS],
  ['apps/gateway/src/rooms/probe.ts', '../pusher/channels', FOLDERS],
  ['apps/gateway/src/pusher/probe.ts', '../socket/connection', FOLDERS],
  ['apps/gateway/src/pusher/rooms/probe.ts', '../../socket/connection', FOLDERS],
  ['libs/client/src/probe.ts', '@hubbub/protocol', null],
  ['apps/gateway/src/probe.ts', '@hubbub/protocol', null],
  ['apps/web/src/probe.ts', '@hubbub/client', null],
  ['apps/gateway/src/rooms/probe.ts', '../store/database', null],
  ['apps/gateway/src/socket/probe.ts', '../rooms/policy', null],
  ['apps/gateway/src/pusher/rooms/probe.ts', '../../rooms/policy', null],
];

describe('the fence between the parts', () => {
  let found: string[][];
  beforeAll(() => {
    const env = { ...process.env, NX_DAEMON: 'false', NODE_ENV: 'production' };
    const cwd = workspacePath();
    // Where no project graph is kept the rule says nothing at all.
    execFileSync('node_modules/.bin/nx', ['show', 'projects'], { cwd, env, stdio: 'ignore' });
    const input = JSON.stringify(
      PROBES.map(([path, from]) => ({ path, code: `export * from '${from}';\n` })),
    );
    const program = require.resolve('./lint-texts');
    const output = execFileSync(process.execPath, ['--import', 'tsx', program], {
      cwd,
      env,
      input,
    });
    found = z.array(z.array(z.string())).parse(JSON.parse(output.toString()));
  }, 300_000);

  it.each(PROBES.map(([path, from, rule], i) => ({ path, from, rule, i })))(
    '$path from $from: $rule',
    ({ rule, i }) => {
      if (rule === null) expect(found[i]).toEqual([]);
      else expect(found[i]).toEqual([expect.stringMatching(rule)]);
    },
  );
});
