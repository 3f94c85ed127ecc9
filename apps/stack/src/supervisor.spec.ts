import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotStart } from './cannot-start';
import { ROOT } from './paths';
import { accepts, freePort } from './ports';
import { identify, isRunning } from './process-id';
import { Processes } from './process-list';
import type { Plan } from './supervised-process';
import { Supervisor } from './supervisor';
import { becomes } from './wait';

jest.setTimeout(60_000);

/** A machine that has something else to do takes its time. */
const PATIENCE = { withinMs: 20_000 };

let dir: string;
let said: string[];
let supervisors: Supervisor[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hubbub-supervisor-'));
  said = [];
  supervisors = [];
});

afterEach(async () => {
  for (const it of supervisors) {
    it.kill();
    await it.stop();
  }
  rmSync(dir, { recursive: true, force: true });
});

async function openSupervisor(changed?: () => void): Promise<Supervisor> {
  const it = new Supervisor({
    dir,
    isTemporary: false,
    say: (line) => said.push(line),
    ...(changed && { changed }),
  });
  await it.open();
  supervisors.push(it);
  return it;
}

/** A server on a port of its own; `more` runs in it too. */
async function server(name: string, more = ''): Promise<Plan & { port: number }> {
  const port = await freePort();
  return {
    ...node(name, `require('net').createServer().listen(${String(port)}, '127.0.0.1');${more}`),
    port,
    isReady: () => accepts(port),
  };
}

function node(name: string, code: string): Plan {
  return {
    name,
    command: process.execPath,
    args: ['-e', code],
    env: process.env,
    isReady: () => Promise.resolve(false),
  };
}

function pidOf(supervisor: Supervisor, name: string): number {
  const pid = supervisor.pid(name);
  if (pid === null) throw new Error(`${name} does not run`);
  return pid;
}

const isGone = (pid: number) => identify(pid) === null;

test('starts what it is given, and resolves when it serves', async () => {
  const supervisor = await openSupervisor();
  const plan = await server('one');
  await supervisor.start(plan);
  expect(await accepts(plan.port)).toBe(true);
});

test('starts a killed process again, on the same port and with a new pid', async () => {
  let changes = 0;
  const supervisor = await openSupervisor(() => changes++);
  const plan = await server('one');
  await supervisor.start(plan);
  const first = pidOf(supervisor, 'one');
  changes = 0;
  process.kill(first, 'SIGKILL');
  const isBack = async () => supervisor.pid('one') !== first && (await accepts(plan.port));
  expect(await becomes(isBack, PATIENCE)).toBe(true);
  expect(changes).toBe(2);
  expect(said[0]).toBe('one was ended by SIGKILL; it is started again in 0.1 s');
});

test('what a killed process had started goes with it', async () => {
  const supervisor = await openSupervisor();
  const file = join(dir, 'grandchild');
  const child = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    require('fs').writeFileSync(${JSON.stringify(file)}, String(c.pid));`;
  const plan = await server('one', child);
  await supervisor.start(plan);
  const written = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  expect(await becomes(() => written() !== '', PATIENCE)).toBe(true);
  const grandchild = Number(written());
  expect(isGone(grandchild)).toBe(false);
  process.kill(pidOf(supervisor, 'one'), 'SIGKILL');
  expect(await becomes(() => isGone(grandchild), PATIENCE)).toBe(true);
});

test('stops the stages in reverse order', async () => {
  const supervisor = await openSupervisor();
  const order = join(dir, 'order');
  const noteTheEnd = (name: string) =>
    `process.on('SIGTERM', () => { require('fs').appendFileSync(${JSON.stringify(order)}, '${name} '); process.exit(0); });`;
  for (const name of ['database', 'gateway', 'balancer']) {
    await supervisor.start(await server(name, noteTheEnd(name)));
  }
  await supervisor.stop();
  expect(readFileSync(order, 'utf8')).toBe('balancer gateway database ');
  expect(existsSync(join(dir, 'processes.json'))).toBe(false);
});

test('kills what does not stop in time', async () => {
  const supervisor = await openSupervisor();
  const plan = await server('deaf', `process.on('SIGTERM', () => {});`);
  await supervisor.start({ ...plan, stopWithinMs: 200 });
  const pid = pidOf(supervisor, 'deaf');
  await supervisor.stop();
  expect(isGone(pid)).toBe(true);
  expect(said).toContain('deaf does not stop: killed');
});

test('a process that ends before it serves is not tried again, and its last words are told', async () => {
  const supervisor = await openSupervisor();
  const plan = node('bad', `console.error('no such database'); process.exit(3)`);
  await expect(supervisor.start(plan)).rejects.toMatchObject({
    name: 'GaveUp',
    message: expect.stringContaining('bad ended with exit code 3') as string,
    lines: ['no such database'],
  });
});

test('a program that is not there fails the start', async () => {
  const supervisor = await openSupervisor();
  const plan = { ...node('none', ''), command: join(dir, 'no-such-program') };
  await expect(supervisor.start(plan)).rejects.toThrow('none could not be started');
});

test('gives up a process whose settings are wrong', async () => {
  const supervisor = await openSupervisor();
  const flag = join(dir, 'flag');
  const plan = await server('gateway');
  const code = `if (require('fs').existsSync(${JSON.stringify(flag)})) process.exit(78); ${plan.args[1] ?? ''}`;
  await supervisor.start({ ...plan, args: ['-e', code] });
  writeFileSync(flag, '');
  process.kill(pidOf(supervisor, 'gateway'), 'SIGKILL');
  await expect(supervisor.gaveUp).resolves.toMatchObject({
    message: expect.stringContaining('gateway ended with exit code 78') as string,
  });
});

test('a second supervisor keeps away from a folder that is in use', async () => {
  await openSupervisor();
  const script = `import { ProcessList } from ${JSON.stringify(join(ROOT, 'apps/stack/src/process-list.ts'))};
    await new ProcessList(${JSON.stringify(dir)}).claim();`;
  const other = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: ROOT,
  });
  let output = '';
  other.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const code = await new Promise((resolve) => other.once('close', resolve));
  expect(code).not.toBe(0);
  expect(output).toContain(CannotStart.name);
  expect(output).toContain(`Process ${String(process.pid)} runs in`);
});

test('ends what a killed supervisor left behind, by its guard and by the next supervisor of the folder', async () => {
  const plan = await server('one');
  const script = `import { Supervisor } from ${JSON.stringify(join(ROOT, 'apps/stack/src/supervisor.ts'))};
    import { accepts } from ${JSON.stringify(join(ROOT, 'apps/stack/src/ports.ts'))};
    const it = new Supervisor({ dir: ${JSON.stringify(dir)}, isTemporary: false, say: () => {} });
    await it.open();
    await it.start({ ...${JSON.stringify(plan)}, isReady: () => accepts(${String(plan.port)}) });
    console.log('ready');`;
  const runner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => runner.stdout.once('data', resolve));
  const left = Processes.parse(JSON.parse(readFileSync(join(dir, 'processes.json'), 'utf8')));
  expect(left.groups.filter(isRunning)).toHaveLength(1);
  runner.kill('SIGKILL');
  expect(await becomes(() => !left.groups.some(isRunning), PATIENCE)).toBe(true);
  await openSupervisor();
});
