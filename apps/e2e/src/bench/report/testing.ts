import type { Figures } from '../cases/figures';
import type { CaseSummary, Summary } from './summary';

const NAMES = {
  hubbub: 'Hubbub',
  'hubbub-pusher': 'Hubbub, Pusher channel',
  'socket.io': 'Socket.IO 4.8',
  soketi: 'Soketi 1.6.1',
  ws: 'plain ws',
  uws: 'bare uWebSockets.js',
};

/** A case with what each system gave for it, by its id. */
export function caseOf(
  id: string,
  systems: Partial<Record<keyof typeof NAMES, Figures>>,
): CaseSummary {
  const all = Object.entries(systems);
  const [[, first] = ['', {}]] = all;
  return {
    id,
    title: `the case ${id}`,
    figures: Object.keys(first) as (keyof Figures)[],
    systems: all.map(([system, figures]) => ({
      id: system,
      name: NAMES[system as keyof typeof NAMES],
      figures,
      rounds: [{ figures, problems: [] }],
      failures: [],
    })),
  };
}

export function summaryOf(...cases: CaseSummary[]): Summary {
  return {
    command: 'npm run bench',
    date: '2026-11-21',
    machine: {
      cpu: 'AMD EPYC',
      cores: 2,
      memoryGib: 24,
      node: 'v20.20.2',
      platform: 'linux x64',
      hasAutogroups: false,
    },
    rounds: 3,
    sizes: { seconds: 6, viewers: 1_000, idle: 10_000, connects: 5_000 },
    cases,
    simulations: [],
  };
}
