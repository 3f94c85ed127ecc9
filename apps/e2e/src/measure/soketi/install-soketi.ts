import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const SOKETI_VERSION = '1.6.1';

/**
 * The WebSocket library that Soketi runs on is installed from GitHub, which not every network reaches. This is the same, by another
 * publisher, from the npm registry.
 */
const PACKAGE = {
  name: 'soketi-to-measure',
  private: true,
  dependencies: { '@soketi/soketi': SOKETI_VERSION },
  overrides: {
    'uWebSockets.js': 'npm:@trufflesuite/uws-js-unofficial@20.30.0-unofficial.0',
  },
};

/** That library is a binary for Linux, macOS and Windows on these versions of Node. */
const NODE_VERSIONS = [16, 18, 20];

export function defaultFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, `hubbub/soketi-${SOKETI_VERSION}`);
}

export interface InstallOptions {
  dir: string;
  progress: (text: string) => void;
  /** Ends it. What is half installed is installed anew the next time. */
  signal: AbortSignal;
}

/**
 * Soketi's program, which is installed into `dir` where it is not there yet: some 300 MB, outside of this workspace.
 *
 * @throws {Error} where this version of Node cannot run it, or with what npm said where that fails.
 */
export async function installSoketi(options: InstallOptions): Promise<string> {
  const { dir } = options;
  const version = Number(process.versions.node.split('.')[0]);
  if (!NODE_VERSIONS.includes(version)) {
    throw new Error(
      `Soketi ${SOKETI_VERSION} runs on Node ${NODE_VERSIONS.join(', ')}, and this is ${process.version}: start this with Node 20.`,
    );
  }
  const whole = join(dir, 'installed');
  if (!existsSync(whole)) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'package.json'), JSON.stringify(PACKAGE));
    await npmInstall(options);
    writeFileSync(whole, '');
  }
  return join(dir, 'node_modules/@soketi/soketi/bin/server.js');
}

async function npmInstall({ dir, progress, signal }: InstallOptions): Promise<void> {
  const say = () => {
    progress(`installs Soketi ${SOKETI_VERSION} into ${dir} (a minute or two)`);
  };
  say();
  const timer = setInterval(say, 5_000);
  // Nothing that is needed has a script of its own to run.
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
  const npm = spawn('npm', args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], signal });
  let said = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.on('data', (part: Buffer) => (said += part.toString()));
  }
  const [code] = (await once(npm, 'close')) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`npm cannot install Soketi into ${dir}:\n${said}`);
}
