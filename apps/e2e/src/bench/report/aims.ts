import type { FigureName, Figures } from '../cases/figures';
import { figureOf, type Summary } from './summary';

export interface Aim {
  what: string;
  /** What it is to be. */
  aim: string;
  /** Null where it was not measured. */
  measured: string | null;
  isMet: boolean | null;
}

interface Bound {
  what: string;
  /** The value, and how it is shown. */
  value: number | null;
  show: (value: number) => string;
  isMet: (value: number) => boolean;
  aim: string;
}

/** What Hubbub is to show, beside what it shows. Ratios where another system is the measure: they hold on other machines too. */
export function aims(summary: Summary): Aim[] {
  return bounds(summary).map(({ what, value, show, isMet, aim }) => ({
    what,
    aim,
    measured: value === null ? null : show(value),
    isMet: value === null ? null : isMet(value),
  }));
}

function bounds(summary: Summary): Bound[] {
  const get = (asked: string, figure: FigureName, system = 'hubbub') =>
    figureOf(summary, { asked, system, figure });
  const cpu = (asked: string, system?: string) => get(asked, 'cpuPerDelivery', system);
  const bytes = (system?: string) => get('wire', 'bytesPerDelivery', system);
  const busy = '1,000 viewers × 200 messages/s, server CPU per delivery, beside';
  const most = '1,000 viewers × 1,000 messages/s:';
  const quiet = '1,000 viewers × 1 message/s, beside plain ws:';
  const wire = 'bytes per delivered message at 200/s, compressed';
  return [
    under(
      `${busy} Socket.IO's`,
      ratio(cpu('fanout-200'), cpu('fanout-200', 'socket.io')),
      times(1 / 8),
    ),
    under(`${busy} Soketi's`, ratio(cpu('fanout-200'), cpu('fanout-200', 'soketi')), times(1 / 8)),
    under(
      `${busy} bare uWebSockets.js publish`,
      ratio(cpu('fanout-200'), cpu('fanout-200', 'uws')),
      times(1 / 2),
    ),
    {
      what: `${most} delivered`,
      value: get('fanout-1000', 'deliveredShare'),
      show: (value) => `${String(Math.floor(value * 100) / 100)} %`,
      isMet: (value) => value === 100,
      aim: 'all',
    },
    under(`${most} p99`, get('fanout-1000', 'seenP99'), { limit: 250, unit: ' ms', digits: 0 }),
    under(`${most} of a core`, get('fanout-1000', 'serverCore'), {
      limit: 50,
      unit: ' %',
      digits: 0,
    }),
    under(`${quiet} CPU per delivery`, ratio(cpu('fanout-1'), cpu('fanout-1', 'ws')), times(1.3)),
    under(
      `${quiet} p99`,
      ratio(get('fanout-1', 'seenP99'), get('fanout-1', 'seenP99', 'ws')),
      times(1),
    ),
    under(wire, bytes(), { limit: 25, unit: ' B', digits: 1 }),
    under(
      `${wire}, beside Socket.IO's as it comes (plain)`,
      ratio(bytes(), get('fanout-200', 'bytesPerDelivery', 'socket.io')),
      times(1 / 5),
    ),
    under(
      'compressed ÷ uncompressed CPU, 1,000 viewers',
      ratio(cpu('wire'), cpu('fanout-200')),
      times(1.5),
    ),
    under(
      'compressed ÷ uncompressed CPU, 10 viewers',
      ratio(cpu('wire-few'), cpu('few')),
      times(1.5),
    ),
    under('memory per idle joined connection', get('idle', 'bytesPerConnection'), {
      limit: 10_000,
      unit: ' B',
      digits: 0,
    }),
    over('connected and joined a second, one gateway', get('connect', 'connectsPerSecond'), 2_500),
    over('acknowledged a second, one room', get('ingest', 'acknowledgedPerSecond'), 15_000),
    under('… p99', get('ingest', 'acknowledgedP99'), { limit: 100, unit: ' ms', digits: 0 }),
    over('acknowledged a second, 1,000 rooms', get('ingest-rooms', 'acknowledgedPerSecond'), 8_000),
    under('… p99', get('ingest-rooms', 'acknowledgedP99'), { limit: 150, unit: ' ms', digits: 0 }),
    under(
      "longest stall of a gateway's event loop, in any case",
      worst(summary, ({ longestStall }) => longestStall),
      STALL,
    ),
    under(
      '… without its waiting for a core',
      worst(summary, ({ mostWorkInStall, longestStall }) => mostWorkInStall ?? longestStall),
      STALL,
    ),
  ];
}

const STALL: Limit = { limit: 50, unit: ' ms', digits: 0 };

interface Limit {
  limit: number;
  unit: string;
  digits: number;
}

function times(limit: number): Limit {
  return { limit, unit: ' ×', digits: limit < 1 ? 3 : 2 };
}

/** At most the limit. */
function under(what: string, value: number | null, { limit, unit, digits }: Limit): Bound {
  const show = (it: number) => `${number(it, digits)}${unit}`;
  return { what, value, show, isMet: (it) => it <= limit, aim: `≤ ${show(limit)}` };
}

/** At least the limit. */
function over(what: string, value: number | null, limit: number): Bound {
  const show = (it: number) => number(it, 0);
  return { what, value, show, isMet: (it) => it >= limit, aim: `≥ ${show(limit)}` };
}

function ratio(ours: number | null, theirs: number | null): number | null {
  return ours === null || theirs === null || theirs === 0 ? null : ours / theirs;
}

function number(value: number, digits: number): string {
  return new Intl.NumberFormat('en', { maximumFractionDigits: digits }).format(value);
}

/** Of all cases that Hubbub's rooms were asked. */
function worst(
  { cases }: Summary,
  stallOf: (figures: Figures) => number | null | undefined,
): number | null {
  const stalls = cases
    .flatMap(({ systems }) => systems)
    .filter(({ id }) => id === 'hubbub')
    .map(({ figures }) => stallOf(figures))
    .filter((stall) => typeof stall === 'number');
  return stalls.length === 0 ? null : Math.max(...stalls);
}
