import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../testing/cluster';

const SHOWN = 600;
/** Of the web app, whose lines have no level. */
const ALARMING = /error|unhandled|exception|⨯/i;
/** Next tells of requests for actions that there are not, which it has refused (400, 404). */
const REFUSED = /Server Reference ID|Failed to find Server Action|failed-to-find-server-action/;

/** What gateways and the web app write to their logs from here on, where somebody would have to act on it. */
export class LogWatch {
  readonly #dir: string;
  readonly #from: Map<string, number>;

  constructor(cluster: Cluster) {
    this.#dir = join(cluster.dir, 'logs');
    this.#from = new Map(this.#files().map((name) => [name, statSync(this.#path(name)).size]));
  }

  /** The lines that should not be, each with its file; of one that comes again and again the first alone. */
  alarms(): string[] {
    const alarms = new Map<string, string>();
    for (const name of this.#files()) {
      for (const line of readFrom(this.#path(name), this.#from.get(name) ?? 0)) {
        const kind = kindOf(line);
        if (kind === null || alarms.has(`${name} ${kind}`)) continue;
        alarms.set(`${name} ${kind}`, `${name}: ${line.slice(0, SHOWN)}`);
      }
    }
    return [...alarms.values()];
  }

  #files(): string[] {
    if (!existsSync(this.#dir)) return [];
    return readdirSync(this.#dir).filter((name) => /^(?:gateway-\d+|web)\.log$/.test(name));
  }

  #path(name: string): string {
    return join(this.#dir, name);
  }
}

/** What an alarming line is about; null for every other one. A gateway writes JSON, unless it crashes. */
function kindOf(line: string): string | null {
  if (line.trim() === '') return null;
  try {
    const { level, message } = JSON.parse(line) as { level?: unknown; message?: unknown };
    return level === 'error' || level === 'fatal' ? String(message) : null;
  } catch {
    return ALARMING.test(line) && !REFUSED.test(line) ? line.slice(0, 60) : null;
  }
}

function readFrom(path: string, from: number): string[] {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - from));
    readSync(descriptor, bytes, 0, bytes.length, from);
    return bytes.toString().split('\n');
  } finally {
    closeSync(descriptor);
  }
}
