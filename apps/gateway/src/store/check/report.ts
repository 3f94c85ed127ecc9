import type { Writable } from 'node:stream';
import { FAULTS, type Fault } from './faults';
import type { Found, LogCheckEars, Progress, Summary } from './log-check';

/** Progress is shown this often where somebody looks, and in a file. */
const SHOWN_EVERY_MS = { terminal: 500, file: 10_000 };

export interface ReportOptions {
  json: boolean;
  out: Writable;
  /** Of the progress. */
  err: Writable & { isTTY?: boolean };
}

/** Tells a person, or with `json` a program, what a check finds. */
export class Report implements LogCheckEars {
  readonly #options: ReportOptions;
  readonly #startedAt = performance.now();
  #shownAt = performance.now();
  #isLineOpen = false;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  readonly progress = ({ slug, rooms, entries, expected }: Progress): void => {
    const { err } = this.#options;
    const now = performance.now();
    const everyMs = err.isTTY ? SHOWN_EVERY_MS.terminal : SHOWN_EVERY_MS.file;
    if (now - this.#shownAt < everyMs) return;
    this.#shownAt = now;
    const seconds = (now - this.#startedAt) / 1_000;
    const rate = String(Math.round(entries / seconds));
    const line = `${counted(rooms, 'room', 'rooms')}, ${String(entries)} of ${String(expected)} entries (${rate}/s), now ${slug}`;
    if (err.isTTY) {
      err.write(`\r\x1b[K${line}`);
      this.#isLineOpen = true;
    } else {
      err.write(`hubbub: ${line}\n`);
    }
  };

  readonly found = (found: Found): void => {
    this.#endLine();
    const { out, json } = this.#options;
    out.write(json ? `${JSON.stringify(asJson(found))}\n` : asText(found));
  };

  end(summary: Summary, place: string): void {
    this.#endLine();
    const { out, json } = this.#options;
    const tookMs = Math.round(performance.now() - this.#startedAt);
    if (json) {
      out.write(`${JSON.stringify({ ...summary, tookMs })}\n`);
      return;
    }
    const { rooms, entries, repaired } = summary;
    const faults = Object.entries(summary.faults) as [Fault, number][];
    const looked = `${place}: ${counted(rooms, 'room', 'rooms')} with ${counted(entries, 'entry', 'entries')}, in ${(tookMs / 1_000).toFixed(1)} s.`;
    if (faults.length === 0) {
      out.write(`${looked} Nothing is wrong.\n`);
      return;
    }
    const lines = faults.map(
      ([fault, count]) => `  ${fault} × ${String(count)}: ${FAULTS[fault]}\n`,
    );
    const mended = repaired > 0 ? `  Heads raised: ${String(repaired)}\n` : '';
    out.write(`${looked}\n${lines.join('')}${mended}`);
  }

  /** What is said next begins a line of its own. */
  #endLine(): void {
    if (this.#isLineOpen) this.#options.err.write('\r\x1b[K');
    this.#isLineOpen = false;
  }
}

function asText({ slug, roomId, findings }: Found): string {
  const lines = findings.kept.map(({ fault, text }) => `  ${fault}: ${text}\n`);
  const more = [...findings.counts].flatMap(([fault, count]) => {
    const kept = findings.kept.filter((it) => it.fault === fault).length;
    return count > kept ? [`  ${fault}: ${String(count - kept)} more\n`] : [];
  });
  return `${titleOf(slug, roomId)}\n${lines.join('')}${more.join('')}`;
}

function titleOf(slug: string | null, roomId: number | null): string {
  if (roomId === null) return 'database';
  return slug === null ? `no room (id ${String(roomId)})` : `${slug} (id ${String(roomId)})`;
}

function asJson({ slug, roomId, entries, findings }: Found): object {
  const faults = Object.fromEntries(findings.counts);
  return { room: slug, roomId, entries, faults, findings: findings.kept };
}

function counted(count: number, one: string, many: string): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
