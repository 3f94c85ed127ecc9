import type { Flooded, Sent } from '../load/wire';
import type { Figures } from './figures';
import type { Used } from './stage';

/** What fewer deliveries than this share tell: it cannot keep up, and how late the rest was says nothing. */
const KEEPS_UP = 0.999;

/** How much of a core the processes had, in percent; null where there is no Redis or no database. */
export function cores(used: Used): Figures {
  const share = (cpuMs: number) => (cpuMs / used.tookMs) * 100;
  return {
    serverCore: share(used.serverCpuMs),
    redisCore: used.redisCpuMs === 0 ? null : share(used.redisCpuMs),
    databaseCore: used.databaseCpuMs === 0 ? null : share(used.databaseCpuMs),
  };
}

/** How long event loops were held; null where the server does not say, or nobody measures it. */
export function stallFigures({ stalls }: Used): Figures {
  return {
    longestStall: stalls?.longestMs ?? null,
    mostWorkInStall: stalls?.mostWorkMs ?? null,
  };
}

/** What sending by the clock gave. */
export function sentFigures(sent: Sent, used: Used): Figures {
  const there = sent.deliveries + sent.omitted;
  const keepsUp = there >= sent.expected * KEEPS_UP;
  return {
    ...cores(used),
    cpuPerDelivery: per(used.serverCpuMs * 1_000, sent.deliveries),
    deliveredShare: per(there * 100, sent.expected),
    deliveriesPerSecond: per(sent.deliveries * 1_000, sent.tookMs),
    seenP50: keepsUp ? sent.seen.p50 : null,
    seenP99: keepsUp ? sent.seen.p99 : null,
    bytesPerDelivery: per(sent.bytes, sent.deliveries),
    perFrame: per(sent.deliveries, sent.frames),
    ...stallFigures(used),
    waitedShare: waited(used),
    loadCore: (sent.cpuMs / used.tookMs) * 100,
    omittedShare: per(sent.omitted * 100, sent.expected),
  };
}

/** What a server that is to deliver everything did not do. */
export function sentProblems(sent: Sent): string[] {
  const problems: string[] = [];
  const there = sent.deliveries + sent.omitted;
  if (sent.expected === 0) problems.push('nobody was there');
  if (there !== sent.expected) {
    const left = sent.omitted > 0 ? ` and ${String(sent.omitted)} named as left out` : '';
    problems.push(`${String(sent.deliveries)} of ${String(sent.expected)} deliveries${left}`);
  }
  if (sent.closed > 0) problems.push(`${String(sent.closed)} viewers were closed`);
  const wrong = Object.entries(sent.wrong).map(([what, count]) => `${String(count)} × ${what}`);
  return [...problems, ...wrong, ...refusals(sent.refused)];
}

export function refusals(refused: Record<string, number>): string[] {
  return Object.entries(refused).map(([what, count]) => `${String(count)} refused: ${what}`);
}

/** What acknowledged sends cost and how long each took. */
export function acknowledgedFigures(
  {
    acknowledged,
    acked,
    cpuMs,
    tookMs,
  }: Pick<Flooded, 'acknowledged' | 'acked' | 'cpuMs' | 'tookMs'>,
  used: Used,
): Figures {
  const each = (ms: number) => per(ms * 1_000, acknowledged);
  return {
    acknowledgedPerSecond: per(acknowledged * 1_000, tookMs),
    acknowledgedP50: acked.p50,
    acknowledgedP99: acked.p99,
    serverCpuPerMessage: each(used.serverCpuMs),
    redisCpuPerMessage: each(used.redisCpuMs),
    databaseCpuPerMessage: each(used.databaseCpuMs),
    loadCpuPerMessage: each(cpuMs),
    ...stallFigures(used),
    waitedShare: waited(used),
  };
}

/** Of the time, the share for which a server had work and no core for it, in percent. */
function waited(used: Used): number {
  return (used.serverWaitMs / used.tookMs) * 100;
}

/** Null where there is nothing to divide by. */
export function per(amount: number, count: number): number | null {
  return count > 0 ? amount / count : null;
}
