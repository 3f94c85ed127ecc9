import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const SOCKET_IO_VERSION = '4.8.4';
export const SOKETI_VERSION = '1.6.1';

/**
 * uWebSockets.js, which Soketi runs on, is installed from GitHub, which not every network reaches. This is the same, by another
 * publisher, from the npm registry.
 */
const PACKAGE = JSON.stringify({
  name: 'hubbub-bench-peers',
  private: true,
  dependencies: {
    '@socket.io/redis-adapter': '8.3.0',
    '@soketi/soketi': SOKETI_VERSION,
    ioredis: '5.11.1',
    'socket.io': SOCKET_IO_VERSION,
    'uWebSockets.js': 'npm:@trufflesuite/uws-js-unofficial@20.30.0-unofficial.0',
  },
  overrides: { 'uWebSockets.js': '$uWebSockets.js' },
});

/** uWebSockets.js is a binary for Linux, macOS and Windows on these versions of Node. */
const UWS_NODE_VERSIONS = [16, 18, 20];

export function defaultPeersDir(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'hubbub/bench-peers');
}

export interface InstallOptions {
  dir: string;
  progress: (text: string) => void;
  /** Ends it. What is half installed is installed anew the next time. */
  signal: AbortSignal;
}

/** Whether `dir` has the peers, whole, and in these versions. */
export function hasPeers(dir: string): boolean {
  const mark = markIn(dir);
  return existsSync(mark) && readFileSync(mark, 'utf8') === PACKAGE;
}

/**
 * Installs Socket.IO, Soketi and uWebSockets.js into `dir`, where they are not there yet: some 350 MB, outside of this workspace.
 *
 * @throws {Error} with what npm said where that fails.
 */
export async function installPeers(options: InstallOptions): Promise<void> {
  const { dir } = options;
  if (hasPeers(dir)) return;
  for (const old of [markIn(dir), join(dir, 'node_modules'), join(dir, 'package-lock.json')]) {
    rmSync(old, { recursive: true, force: true });
  }
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'package.json'), PACKAGE);
  await npmInstall(options);
  writeFileSync(markIn(dir), PACKAGE);
}

/** @throws {Error} where this version of Node cannot load uWebSockets.js, which `name` runs on. */
export function requireNodeForUws(name: string): void {
  const version = Number(process.versions.node.split('.')[0]);
  if (UWS_NODE_VERSIONS.includes(version)) return;
  throw new Error(
    `${name} runs on Node ${UWS_NODE_VERSIONS.join(', ')}, and this is ${process.version}: start this with Node 20.`,
  );
}

function markIn(dir: string): string {
  return join(dir, 'installed.json');
}

async function npmInstall({ dir, progress, signal }: InstallOptions): Promise<void> {
  signal.throwIfAborted();
  const say = () => {
    progress(`installs Socket.IO, Soketi and uWebSockets.js into ${dir} (a minute or two)`);
  };
  say();
  const timer = setInterval(say, 5_000);
  try {
    // Nothing that is needed has a script of its own to run.
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
    const npm = spawn('npm', args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let said = '';
    for (const stream of [npm.stdout, npm.stderr]) {
      stream.on('data', (part: Buffer) => (said += part.toString()));
    }
    const [code] = (await once(npm, 'close')) as [number | null];
    if (code !== 0) throw new Error(`npm cannot install the peers into ${dir}:\n${said}`);
  } finally {
    clearInterval(timer);
  }
}
