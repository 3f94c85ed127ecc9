import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../testing/processes';
import { LoadProcess } from '../load/load-process';
import { SYSTEMS } from './index';
import { defaultPeersDir, hasPeers } from './install-peers';
import type { StartOptions } from './system';

jest.setTimeout(300_000);

/** The others are tried where somebody has installed them: a test installs nothing. */
const ALWAYS_THERE = ['hubbub', 'ws'];
const installed = SYSTEMS.filter(
  ({ id }) => ALWAYS_THERE.includes(id) || hasPeers(defaultPeersDir()),
);

const OPTIONS: StartOptions = {
  servers: 1,
  rooms: 2,
  senders: 2,
  isCompressed: false,
  signal: new AbortController().signal,
  progress: () => undefined,
};

/** All processes that were started by this one, and by those. */
function descendants(of = process.pid): number[] {
  const parents = readdirSync('/proc')
    .filter((it) => /^\d+$/.test(it))
    .map((pid) => [Number(pid), parentOf(pid)] as const);
  const children = parents.filter(([, parent]) => parent === of).map(([pid]) => pid);
  return children.flatMap((pid) => [pid, ...descendants(pid)]);
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

describe.each(installed)('$name', (system) => {
  it('gives everybody every message, tells what it uses, and leaves nothing behind', async () => {
    const before = descendants();
    const running = await system.start(OPTIONS);
    const load = new LoadProcess();
    const dir = mkdtempSync(join(tmpdir(), 'hubbub-bench-spec-'));
    const started = () => descendants().filter((pid) => !before.includes(pid));
    let pids: number[];
    try {
      const { target } = running;
      expect(target.rooms).toHaveLength(2);
      const atFirst = running.usage();
      const profiling = await running.profile(join(dir, 'cpu.cpuprofile'));
      await load.view(target, 4);
      const flow = { senders: 2, perSecond: 50, seconds: 1, patienceSeconds: 20 };
      const { deliveries, expected, closed } = await load.send(target, flow);
      expect({ deliveries, expected, closed }).toEqual({
        deliveries: 100,
        expected: 100,
        closed: 0,
      });

      const hottest = await profiling.end();
      expect(hottest.reduce((sum, { selfShare }) => sum + selfShare, 0)).toBeGreaterThan(0.3);
      expect(existsSync(join(dir, 'cpu.cpuprofile'))).toBe(true);
      const used = running.usage();
      expect(used.serverCpuMs).toBeGreaterThan(atFirst.serverCpuMs);
      expect(used.residentBytes).toBeGreaterThan(20e6);
      expect(used.databaseCpuMs > 0).toBe(system.id.startsWith('hubbub'));
      const isHubbub = system.id.startsWith('hubbub');
      expect(await running.stalls()).toEqual(
        isHubbub ? { longestMs: expect.any(Number) as unknown, mostWorkMs: null } : null,
      );
      expect(running.isAlive()).toBe(true);
      pids = started();
      expect(pids).not.toEqual([]);
    } finally {
      await load.stop();
      await running.stop();
      rmSync(dir, { recursive: true });
    }
    expect(running.isAlive()).toBe(false);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});
