import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CannotStart } from './cannot-start';
import { withLock } from './lock';
import { GATEWAY_PROGRAM, ROOT, WEB_PROGRAM } from './paths';

export type Buildable = 'gateway' | 'web';

const OUTPUT: Record<Buildable, string> = { gateway: GATEWAY_PROGRAM, web: WEB_PROGRAM };
const WHAT_ALL_DEPEND_ON = ['libs', 'package-lock.json', 'tsconfig.base.json'];
const NOT_SOURCES = new Set(['node_modules', 'dist', '.next', '.nx', 'coverage']);

/** What was built last: of which sources, and what came out. Gone with `npm ci`, as it should be. */
const STAMP = join(ROOT, 'node_modules/.cache/hubbub/built.json');
const LOCK = join(ROOT, 'node_modules/.cache/hubbub/build.lock');
const Stamp = z.partialRecord(
  z.enum(['gateway', 'web']),
  z.object({ sources: z.string(), output: z.string() }),
);
type Stamp = z.infer<typeof Stamp>;

/**
 * Builds what is not built from the sources as they are. Costs some 50 ms where there is nothing to do. Of several at a time one
 * builds: a build takes away what another one has just started.
 *
 * @throws {CannotStart} where the build fails; what it said is on standard error.
 */
export async function buildMissing(
  projects: Buildable[],
  say: (line: string) => void,
): Promise<void> {
  if (findStale(projects).size === 0) return;
  const waits = () => {
    say('waiting for another one that builds …');
  };
  await withLock({ file: LOCK, waits }, () => {
    const sources = findStale(projects);
    if (sources.size > 0) build(sources, say);
  });
}

/** What is not built, and of which sources it is to be. */
function findStale(projects: Buildable[]): Map<Buildable, string> {
  const before = readStamp();
  const sources = projects.map((project) => [project, digestSources(project)] as const);
  return new Map(
    sources.filter(([project, digest]) => {
      const built = before[project];
      return built?.sources !== digest || built.output !== describeOutput(project);
    }),
  );
}

function build(sources: ReadonlyMap<Buildable, string>, say: (line: string) => void): void {
  const stale = [...sources.keys()];
  say(`building ${stale.join(' and ')} (the first time takes a minute) …`);
  const began = Date.now();
  const nx = join(ROOT, 'node_modules/.bin/nx');
  const args = ['run-many', '-t', 'build', '-p', stale.join(','), '--outputStyle=static'];
  const { status } = spawnSync(nx, args, {
    cwd: ROOT,
    // Standard output may be somebody's JSON.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NODE_ENV: 'production' },
  });
  if (status !== 0) throw new CannotStart('The build failed: see above.');

  const after: Stamp = { ...readStamp() };
  for (const [project, digest] of sources) {
    const output = describeOutput(project);
    if (output === null) {
      throw new CannotStart(`The build of ${project} made no ${OUTPUT[project]}.`);
    }
    after[project] = { sources: digest, output };
  }
  writeFileSync(STAMP, JSON.stringify(after));
  say(`built in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

function readStamp(): Stamp {
  try {
    return Stamp.parse(JSON.parse(readFileSync(STAMP, 'utf8')));
  } catch {
    return {};
  }
}

/** Changes when somebody else builds, perhaps from other sources. */
function describeOutput(project: Buildable): string | null {
  const found = statSync(OUTPUT[project], { throwIfNoEntry: false });
  return found ? `${String(found.mtimeMs)} ${String(found.size)}` : null;
}

function digestSources(project: Buildable): string {
  const hash = createHash('sha256').update(process.version);
  for (const part of [`apps/${project}`, ...WHAT_ALL_DEPEND_ON]) addToDigest(join(ROOT, part));
  return hash.digest('hex');

  function addToDigest(path: string): void {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) {
      const names = readdirSync(path).filter((name) => !NOT_SOURCES.has(name));
      for (const name of names.sort()) addToDigest(join(path, name));
    } else if (found && isSource(path)) {
      hash.update(`\0${path}\0`).update(readFileSync(path));
    }
  }
}

/** Tests are not built, and what tools write by themselves is no change. */
function isSource(path: string): boolean {
  return !/\.spec\.tsx?$|\.tsbuildinfo$|next-env\.d\.ts$/.test(path);
}
