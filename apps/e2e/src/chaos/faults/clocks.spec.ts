import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../testing/wait-for';
import { Clocks } from './clocks';

const dir = mkdtempSync(join(tmpdir(), 'hubbub-clocks-spec-'));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

/** Says what time it is in each way that a program may ask, whenever it is asked. */
const PROGRAM = `
process.stdin.on('data', () => {
  const times = [Date.now(), new Date().getTime(), Date.parse(Date()), new Date(5).getTime()];
  class Day extends Date {}
  const kinds = [new Date() instanceof Date, new Day() instanceof Day, Date.UTC(1970, 0)];
  console.log(JSON.stringify({ times, kinds }));
});
`;

function run(clocks: Clocks, gateway: string | null) {
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    env: { ...clocks.env, ...(gateway !== null && { GATEWAY_ID: gateway }) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return {
    ask: async () => {
      child.stdin.write('?');
      const [reply] = (await once(child.stdout, 'data')) as [Buffer];
      const now = Date.now();
      const { times, kinds } = JSON.parse(reply.toString()) as {
        times: number[];
        kinds: unknown[];
      };
      const fixed = times.pop();
      return { offs: times.map((it) => Math.round((it - now) / 10_000) || 0), fixed, kinds };
    },
    end: () => child.kill('SIGKILL'),
  };
}

test('a gateway whose clock is moved sees another time in every way, and the true one when it is put right', async () => {
  const clocks = new Clocks(dir);
  const gateway = run(clocks, 'gateway-2');
  const other = run(clocks, 'gateway-1');
  const server = run(clocks, null);
  try {
    expect((await gateway.ask()).offs).toEqual([0, 0, 0]);
    for (const seconds of [60, -60, 0]) {
      clocks.set(1, seconds * 1_000);
      const off = seconds / 10;
      await waitFor(async () => (await gateway.ask()).offs[0] === off, { what: 'it is moved' });
      expect(await gateway.ask()).toEqual({
        offs: [off, off, off],
        fixed: 5,
        kinds: [true, true, 0],
      });
      expect((await other.ask()).offs).toEqual([0, 0, 0]);
      expect((await server.ask()).offs).toEqual([0, 0, 0]);
    }
  } finally {
    for (const it of [gateway, other, server]) it.end();
  }
});
