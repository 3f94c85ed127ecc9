import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { isRunning } from '../../testing/processes';
import { waitFor } from '../../testing/wait-for';
import { ServerProcess, type ServerPlan } from './server-process';

/** A program of Node, which first says its process and its folder. */
function plan(program: string, isReady: ServerPlan['isReady']): ServerPlan {
  return {
    name: 'a program',
    command: process.execPath,
    args: () => ['-e', `console.log(process.pid, process.cwd()); ${program}`],
    env: ({ port }) => ({ PORT: String(port) }),
    isReady,
  };
}

const STAYS = `require('node:net').createServer().listen(process.env.PORT, '127.0.0.1')`;

/** What a program has said of itself. */
function saidIn(text: string): { pid: number; folder: string } {
  const [, pid, folder = ''] = /(\d+) (\/\S+)/.exec(text) ?? [];
  expect(folder).toContain('hubbub-bench-');
  return { pid: Number(pid), folder };
}

async function failureOf(start: Promise<ServerProcess>): Promise<string> {
  const error = await start.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(Error);
  return (error as Error).message;
}

describe('a server that is to be measured', () => {
  it('runs with a folder of its own until it is stopped', async () => {
    const server = await ServerProcess.start(
      plan(STAYS, () => Promise.resolve(true)),
      new AbortController().signal,
    );
    await waitFor(() => server.output() !== '', { what: 'it has said something' });
    const { pid, folder } = saidIn(server.output());
    expect(pid).toBe(server.pid);
    expect(isRunning(pid) && existsSync(folder)).toBe(true);
    await server.stop();
    expect(isRunning(pid) || existsSync(folder)).toBe(false);
  });

  it('says why it does not start, and leaves nothing behind', async () => {
    const ends = plan(`console.error('no such setting'); process.exit(3)`, () =>
      Promise.resolve(false),
    );
    const said = await failureOf(ServerProcess.start(ends, new AbortController().signal));
    expect(said).toContain('a program has ended at once');
    expect(said).toContain('no such setting');
    expect(existsSync(saidIn(said).folder)).toBe(false);
  });

  it('ends when its start is called off', async () => {
    const calledOff = new AbortController();
    let runs = false;
    const neverReady = plan(STAYS, async (port) => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      runs = true;
      return false;
    });
    const failure = failureOf(ServerProcess.start(neverReady, calledOff.signal));
    // By then it has said who it is.
    await waitFor(() => runs, { what: 'it runs', timeoutMs: 20_000 });
    calledOff.abort(new Error('enough'));
    const said = await failure;
    expect(said).toContain('enough');
    const { pid, folder } = saidIn(said);
    expect(isRunning(pid) || existsSync(folder)).toBe(false);
  });
});
