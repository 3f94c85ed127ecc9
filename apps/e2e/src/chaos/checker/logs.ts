import type { FaultResult } from '../outcome';

export interface Logs {
  /** The stack's own words. */
  stackLog: string;
  /** Of each gateway, in their order. */
  gatewayLogs: readonly string[];
  faults: readonly FaultResult[];
}

const ENDED =
  /hubbub: ([a-z]+(?:-\d+)?) (?:was ended by (\w+)|ended with exit code (\d+)|(could not be started)); it is started again/g;
/** What a program says that is at its wits' end. */
const FATAL =
  /unhandled|uncaught|TypeError|ReferenceError|RangeError|FATAL ERROR|heap out of memory/i;
const SHOWN_CHARS = 300;

/** Every process has ended as often, and in the way, as it was made to; and no gateway was at its wits' end. */
export function checkLogs({ stackLog, gatewayLogs, faults }: Logs): string[] {
  const meant = meantEnds(faults);
  const seen = new Map<string, number>();
  for (const [, name = '', signal, code] of stackLog.matchAll(ENDED)) {
    const how = signal ?? (code === undefined ? 'no start' : `exit code ${code}`);
    add(seen, `${name}: ${how}`);
  }
  const ends = [...new Set([...meant.keys(), ...seen.keys()])].flatMap((what) => {
    const [was, due] = [seen.get(what) ?? 0, meant.get(what) ?? 0];
    return was === due ? [] : [`${what} ${String(was)} times; it was made to ${String(due)} times`];
  });
  const words = gatewayLogs.flatMap((log, i) =>
    log
      .split('\n')
      .filter((line) => FATAL.test(line))
      .map((line) => `gateway-${String(i + 1)} says: ${line.slice(0, SHOWN_CHARS)}`),
  );
  return [...ends, ...words];
}

/** What the faults make of processes: `gateway-1: SIGKILL` and how often. */
function meantEnds(faults: readonly FaultResult[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const { kind, gateways } of faults) {
    const names = gateways.map((it) => `gateway-${String(it + 1)}`);
    if (kind === 'gateway-kill') for (const name of names) add(ends, `${name}: SIGKILL`);
    if (kind === 'gateway-term' || kind === 'rolling')
      for (const name of names) add(ends, `${name}: exit code 0`);
    if (kind === 'redis-kill') add(ends, 'redis: SIGKILL');
    if (kind === 'mysql-kill') add(ends, 'mysql: SIGKILL');
  }
  return ends;
}

function add(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
