import { quantile } from '../../script';
import type { Round } from './round';

export interface Contender {
  name: string;
  rounds: Round[];
}

interface Figure {
  what: string;
  of: (round: Round) => number;
  /** Digits behind the point. */
  digits: number;
  unit: string;
}

/** The medians of all rounds as a table in Markdown, the first contender's in proportion to the second's. */
export function table(first: Contender, second: Contender, connections: number): string {
  const rates = first.rounds[0]?.rates.map(({ perSecond }) => perSecond) ?? [];
  const figures = [
    ...rates.flatMap((perSecond, index) => rateFigures(perSecond, index)),
    ...connectFigures(connections),
  ];
  const lines = figures.map((figure) => {
    const [a, b] = [first, second].map(({ rounds }) => median(rounds.map(figure.of)));
    const shown = [a, b].map((value) => `${(value ?? NaN).toFixed(figure.digits)}${figure.unit}`);
    return `| ${figure.what} | ${shown.join(' | ')} | ${((a ?? NaN) / (b ?? NaN)).toFixed(2)} |`;
  });
  return [
    `| | ${first.name} | ${second.name} | ${first.name} ÷ ${second.name} |`,
    '|---|--:|--:|--:|',
    ...lines,
  ].join('\n');
}

/** What a contender did that makes its figures mean something else. */
export function problems({ name, rounds }: Contender): string[] {
  return rounds.flatMap((round, index) =>
    round.rates.flatMap((rate) => {
      const where = `${name}, round ${String(index + 1)}, ${String(rate.perSecond)} events a second`;
      const found: string[] = [];
      if (rate.deliveries !== rate.expected)
        found.push(`${String(rate.deliveries)} of ${String(rate.expected)} deliveries arrived`);
      if (rate.closed > 0) found.push(`${String(rate.closed)} subscribers were closed`);
      for (const [what, count] of Object.entries(rate.refused))
        found.push(`${String(count)} publications failed: ${what}`);
      return found.map((it) => `${where}: ${it}`);
    }),
  );
}

function rateFigures(perSecond: number, index: number): Figure[] {
  const at = (what: string) => `${String(perSecond)} events a second: ${what}`;
  const of = (get: (rate: Round['rates'][number]) => number) => (round: Round) => {
    const rate = round.rates[index];
    return rate ? get(rate) : NaN;
  };
  return [
    {
      what: at('server CPU for 1,000 deliveries'),
      of: of((rate) => (rate.serverCpuMs / rate.deliveries) * 1_000),
      digits: 2,
      unit: ' ms',
    },
    {
      what: at('server CPU'),
      of: of((rate) => (rate.serverCpuMs / rate.tookMs) * 100),
      digits: 0,
      unit: ' %',
    },
    {
      what: at('deliveries a second'),
      of: of((rate) => (rate.deliveries / rate.tookMs) * 1_000),
      digits: 0,
      unit: '',
    },
    { what: at('due to seen, p50'), of: of((rate) => rate.p50Ms), digits: 1, unit: ' ms' },
    { what: at('due to seen, p99'), of: of((rate) => rate.p99Ms), digits: 1, unit: ' ms' },
    {
      what: at("the generator's own CPU"),
      of: of((rate) => (rate.cpuMs / rate.tookMs) * 100),
      digits: 0,
      unit: ' %',
    },
  ];
}

function connectFigures(connections: number): Figure[] {
  return [
    {
      what: 'connected and subscribed a second',
      of: (round) => round.connectionsPerSecond,
      digits: 0,
      unit: '',
    },
    {
      what: 'server CPU for one such connection',
      of: (round) => round.connectCpuMs / connections,
      digits: 3,
      unit: ' ms',
    },
    {
      what: "the generator's own CPU for it",
      of: (round) => round.connectLoadCpuMs / connections,
      digits: 3,
      unit: ' ms',
    },
    {
      what: 'resident memory without any',
      of: (round) => round.idleBytes / 1024 / 1024,
      digits: 1,
      unit: ' MiB',
    },
    {
      what: 'resident memory for each',
      of: (round) => (round.connectedBytes - round.idleBytes) / connections / 1024,
      digits: 1,
      unit: ' KiB',
    },
  ];
}

function median(values: number[]): number {
  return (quantile(values, 0.5) + quantile(values, 0.5 + 0.5 / values.length)) / 2;
}
