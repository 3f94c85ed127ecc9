/** What is measured, as tables name it. CPU is processor time of all processes of its kind together. */
interface Figure {
  readonly title: string;
  readonly unit: string;
  /** Behind the point. */
  readonly digits: number;
}

export const FIGURES = {
  /** Microseconds for one delivery are seconds for a million. */
  cpuPerDelivery: { title: 'server CPU per delivery', unit: ' µs', digits: 2 },
  serverCore: { title: 'server, of a core', unit: ' %', digits: 1 },
  redisCore: { title: 'Redis', unit: ' %', digits: 1 },
  databaseCore: { title: 'database', unit: ' %', digits: 1 },
  loadCore: { title: 'generator', unit: ' %', digits: 0 },
  deliveredShare: { title: 'delivered', unit: ' %', digits: 1 },
  deliveriesPerSecond: { title: 'deliveries/s', unit: '', digits: 0 },
  seenP50: { title: 'send to seen, p50', unit: ' ms', digits: 1 },
  seenP99: { title: 'p99', unit: ' ms', digits: 1 },
  bytesPerDelivery: { title: 'bytes per delivery', unit: ' B', digits: 1 },
  perFrame: { title: 'messages per frame', unit: '', digits: 1 },
  longestStall: { title: 'longest stall', unit: ' ms', digits: 0 },
  mostWorkInStall: { title: 'most work in one', unit: ' ms', digits: 0 },
  waitedShare: { title: 'waited for a core', unit: ' %', digits: 0 },
  bytesPerConnection: { title: 'memory per connection', unit: ' B', digits: 0 },
  connectsPerSecond: { title: 'connected and joined/s', unit: '', digits: 0 },
  cpuPerConnect: { title: 'server CPU for one', unit: ' µs', digits: 0 },
  loadCpuPerConnect: { title: 'generator CPU for one', unit: ' µs', digits: 0 },
  acknowledgedPerSecond: { title: 'acknowledged/s', unit: '', digits: 0 },
  acknowledgedP50: { title: 'send to ok, p50', unit: ' ms', digits: 1 },
  acknowledgedP99: { title: 'p99', unit: ' ms', digits: 1 },
  serverCpuPerMessage: { title: 'CPU for one: gateways', unit: ' µs', digits: 1 },
  redisCpuPerMessage: { title: 'Redis', unit: ' µs', digits: 1 },
  databaseCpuPerMessage: { title: 'database', unit: ' µs', digits: 1 },
  loadCpuPerMessage: { title: 'generator', unit: ' µs', digits: 1 },
  accountedShare: { title: 'delivered or counted as left out', unit: ' %', digits: 1 },
  offeredPerSecond: { title: 'offered/s', unit: '', digits: 0 },
  refusedShare: { title: 'refused', unit: ' %', digits: 1 },
  omittedShare: { title: 'left out by the budget', unit: ' %', digits: 1 },
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;

/** Null: it was asked, and there is none. A figure that is not asked for is not there. */
export type Figures = Partial<Record<FigureName, number | null>>;

/** A figure as tables show it. */
export function show(name: FigureName, value: number | null | undefined): string {
  if (value === undefined || value === null) return '–';
  const { unit, digits } = FIGURES[name];
  // A delivery that is missing shows, however many there are.
  const rounded =
    name === 'deliveredShare' || name === 'accountedShare'
      ? Math.floor(value * 10 ** digits) / 10 ** digits
      : value;
  const text = new Intl.NumberFormat('en', {
    minimumFractionDigits: rounded === 100 && unit === ' %' ? 0 : digits,
    maximumFractionDigits: digits,
  }).format(rounded);
  return text + unit;
}
