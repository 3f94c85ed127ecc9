import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { CHROMIUM, findProgram, MYSQL, NGINX, REDIS, type Program } from './programs';

const NEEDED: readonly Program[] = [REDIS, MYSQL, NGINX, CHROMIUM];
/** Without them a browser shows boxes for Chinese and emoji. */
const FONTS: readonly { debianPackage: string; language: string }[] = [
  { debianPackage: 'fonts-noto-cjk', language: 'zh-cn' },
  { debianPackage: 'fonts-noto-color-emoji', language: 'und-zsye' },
];
const POLICY = '/usr/sbin/policy-rc.d';

/** Installs the servers and the browser that tests run, where they are missing and it can. Whether all are there. */
export function installServers(): boolean {
  const missing = missingPackages();
  if (missing.length === 0) return true;
  const isRoot = process.getuid?.() === 0;
  const aptGet = findProgram({ names: ['apt-get'] });
  if (!isRoot || aptGet === null) {
    console.log(
      `Missing: ${missing.join(', ')}. As root: apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
    // Fonts alone are no reason to stop.
    return missing.every((it) => FONTS.some((font) => font.debianPackage === it));
  }
  console.log(`installing ${missing.join(', ')}`);
  withoutStartingServices(() => {
    run(aptGet, 'update');
    run(aptGet, 'install', '-y', '--no-install-recommends', ...missing);
  });
  return NEEDED.every((it) => findProgram(it) !== null);
}

function missingPackages(): string[] {
  const programs = NEEDED.filter((it) => findProgram(it) === null);
  const fonts = FONTS.filter(({ language }) => !hasFont(language));
  return [...programs, ...fonts].map((it) => it.debianPackage);
}

function hasFont(language: string): boolean {
  const program = findProgram({ names: ['fc-list'] });
  if (program === null) return false;
  const found = spawnSync(program, [`:lang=${language}`, 'family'], { encoding: 'utf8' });
  return found.status === 0 && found.stdout.trim() !== '';
}

/** The tests start servers of their own, on ports of their own; the packages' would only be in the way. */
function withoutStartingServices(install: () => void): void {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
  }
}

function run(aptGet: string, ...args: string[]): void {
  spawnSync(aptGet, ['-q', '-o', 'Acquire::Retries=3', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
