import { inMib, runScript } from '../script';
import { Api } from '../testing/api';
import { fuzz } from '../testing/fuzz';
import { residentBytes } from '../testing/processes';

const WARM_UP = 10_000;
/** What the memory may grow by over the second half: a heap breathes. */
const FLAT_BYTES = 16 * 1024 * 1024;

/** Random frames to one gateway: each gets an answer, the process lives, and its memory stays. */
await runScript(
  {
    command: 'npx nx fuzz e2e',
    numbers: { frames: 100_000, seed: 1 },
    cluster: { gateways: 2 },
  },
  async ({ cluster, number, progress }) => {
    const api = new Api(cluster.url, cluster.adminToken);
    const owner = await api.account();
    const rooms = [await api.room(owner), await api.room(owner, { visibility: 'private' })];
    const tokens = [owner.token, (await api.bot()).token, (await api.guest()).token, null];
    const pid = cluster.pid(0);
    const frames = number('frames');
    const shared = { url: cluster.gateway(0), tokens, rooms };
    await fuzz({ ...shared, frames: WARM_UP, seed: number('seed') + 1_000 });
    const before = residentBytes(pid);
    let toldAt = 0;
    const report = await fuzz({
      ...shared,
      frames,
      seed: number('seed'),
      progress: (sent) => {
        if (sent - toldAt < 5_000) return;
        toldAt = sent;
        progress(`${String(sent)} of ${String(frames)} frames, ${inMib(residentBytes(pid))}`);
      },
    });
    const after = residentBytes(pid);
    // A young heap grows until it is collected for the first time: only who goes on growing leaks.
    progress('as many again');
    const again = await fuzz({ ...shared, frames, seed: number('seed') + 2_000 });
    const settled = residentBytes(pid);
    const problems = [...report.problems, ...again.problems];
    if (cluster.pids.gateways[0] !== pid) problems.push('the gateway has died');
    if (settled > after + FLAT_BYTES) problems.push('the gateway has grown');
    const counts = (of: Record<string, number>, name: string) =>
      Object.entries(of)
        .sort(([, a], [, b]) => b - a)
        .map(([what, count]): [string, string] => [`${name} ${what}`, String(count)]);
    return {
      rows: [
        ['frames', String(report.sent)],
        ['connections', String(report.connections)],
        ['resident memory after a warm-up', inMib(before)],
        ['resident memory after these', inMib(after)],
        ['resident memory after as many again', inMib(settled)],
        ...counts(report.answers, 'answered'),
        ...counts(report.closes, 'closed'),
      ],
      problems,
    };
  },
);
