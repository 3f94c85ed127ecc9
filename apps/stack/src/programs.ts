import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CannotStart } from './cannot-start';

/** A program of the system, under one of its names, and the Debian package that brings it. */
export interface Program {
  names: readonly string[];
  debianPackage: string;
}

export const REDIS: Program = { names: ['redis-server'], debianPackage: 'redis-server' };
export const MYSQL: Program = { names: ['mariadbd', 'mysqld'], debianPackage: 'mariadb-server' };
export const NGINX: Program = { names: ['nginx'], debianPackage: 'nginx-light' };
export const CHROMIUM: Program = {
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  debianPackage: 'chromium',
};

/** Where servers are that an ordinary user's PATH leaves out. */
const USUAL_FOLDERS = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/usr/libexec',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
];

/** The program's path; null where the machine has none. */
export function findProgram({ names }: Pick<Program, 'names'>): string | null {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const folders = [...onPath, ...USUAL_FOLDERS];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isProgram) ?? null;
}

/**
 * The programs' paths, in the same order.
 *
 * @throws {CannotStart} naming all that are missing, and the packages that bring them.
 */
export function requirePrograms(programs: Program[]): string[] {
  const found = programs.map(findProgram);
  const missing = programs.filter((_, i) => found[i] === null);
  if (missing.length > 0) {
    const names = missing.map((it) => it.names.join(' or ')).join(', ');
    const packages = missing.map((it) => it.debianPackage).join(' ');
    throw new CannotStart(
      `Missing: ${names}. On Debian and Ubuntu: apt-get install --no-install-recommends ${packages}`,
    );
  }
  return found.filter((path) => path !== null);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
