/** @jest-environment jsdom */
import { aims } from './aims';
import { markdown, problems, withTables } from './markdown';
import { median } from './median';
import { picture } from './picture';
import { scale, type Reckoning } from './scale';
import { caseOf, summaryOf } from './testing';

describe('a median', () => {
  test('is the middle one, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  test('passes over single rounds that gave none, and is none where half of them did', () => {
    expect(median([1, null, 3])).toBe(2);
    expect(median([1, null, null])).toBeNull();
    expect(median([1, null])).toBeNull();
    expect(median([])).toBeNull();
  });
});

const busy = caseOf('fanout-200', {
  hubbub: { cpuPerDelivery: 1.25, deliveredShare: 100, seenP50: 40, bytesPerDelivery: 200 },
  'socket.io': {
    cpuPerDelivery: 12.5,
    deliveredShare: 41.26,
    seenP50: null,
    bytesPerDelivery: 180,
  },
  uws: { cpuPerDelivery: 2, deliveredShare: 99.999, seenP50: 9, bytesPerDelivery: 160 },
});
const wire = caseOf('wire', {
  hubbub: { bytesPerDelivery: 20 },
  'socket.io': { bytesPerDelivery: 150 },
});

describe('the tables', () => {
  test('name the machine and the command', () => {
    expect(markdown(summaryOf(busy))).toContain(
      '`npm run bench`, 2026-11-21: 2 × AMD EPYC, 24 GiB, Node v20.20.2, linux x64, autogroups off; 6 s for each measurement, medians of 3 rounds.',
    );
  });

  test('show each system, and what Hubbub’s CPU for a delivery is multiplied by', () => {
    const lines = markdown(summaryOf(busy)).split('\n');
    expect(lines).toContain('| Hubbub | 1.25 µs | 1.0 | 100 % | 40.0 ms | 200.0 B |');
  });

  test('show one that cannot keep up as that: a share, and no latency', () => {
    const lines = markdown(summaryOf(busy)).split('\n');
    expect(lines).toContain('| Socket.IO 4.8 | 12.50 µs | 10.0 | 41.2 % | – | 180.0 B |');
  });

  test('call nothing all that is not all', () => {
    expect(markdown(summaryOf(busy))).toContain('| bare uWebSockets.js | 2.00 µs | 1.6 | 99.9 % |');
  });

  test('say what failed', () => {
    const failed = caseOf('fanout-1000', { uws: { deliveredShare: null } });
    for (const it of failed.systems) it.failures = ['it does not start\nit said\nbecause\n'];
    expect(markdown(summaryOf(failed))).toContain(
      '- bare uWebSockets.js: 1 of 1 rounds failed: it does not start … because',
    );
  });

  test('take the place of those that a document had', () => {
    const document = 'before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n';
    expect(withTables(document, 'new')).toBe(
      'before\n<!-- bench: begin -->\n\nnew\n\n<!-- bench: end -->\nafter\n',
    );
    expect(() => withTables('no place', 'new')).toThrow('<!-- bench: begin -->');
  });
});

describe('the aims', () => {
  test('are met or not by the medians, in proportion to the peers', () => {
    const found = aims(summaryOf(busy, wire)).filter(({ measured }) => measured !== null);
    expect(found.map(({ aim, measured, isMet }) => [aim, measured, isMet])).toEqual([
      ['≤ 0.125 ×', '0.1 ×', true],
      ['≤ 0.5 ×', '0.625 ×', false],
      ['≤ 25 B', '20 B', true],
      ['≤ 0.2 ×', '0.111 ×', true],
    ]);
  });

  test('are left out where nothing of them was measured', () => {
    expect(markdown(summaryOf(caseOf('rooms', { ws: { cpuPerDelivery: 3 } })))).not.toContain(
      'aim',
    );
  });

  test('hold the worst stall of all cases against the limit', () => {
    const summary = summaryOf(
      caseOf('idle', { hubbub: { longestStall: 12 } }),
      caseOf('rooms', { hubbub: { longestStall: 61 }, ws: { longestStall: null } }),
    );
    expect(aims(summary).slice(-2)).toMatchObject([
      { measured: '61 ms', isMet: false },
      { measured: '61 ms', isMet: false },
    ]);
  });

  test('tell apart what of a stall was waiting for a core', () => {
    const summary = summaryOf(
      caseOf('ingest', { hubbub: { longestStall: 61, mostWorkInStall: 20 } }),
      caseOf('rooms', { hubbub: { longestStall: 30 } }),
    );
    expect(aims(summary).slice(-2)).toMatchObject([
      { measured: '61 ms', isMet: false },
      { measured: '30 ms', isMet: true },
    ]);
  });
});

describe('what Hubbub must not do', () => {
  test('is named with its round, the peers’ shortfalls are results', () => {
    const asked = caseOf('fanout-200', { hubbub: {}, ws: {} });
    for (const { rounds } of asked.systems)
      rounds.push({ figures: {}, problems: ['9 of 10 deliveries'] });
    expect(problems(summaryOf(asked))).toEqual(['Hubbub, fanout-200, round 2: 9 of 10 deliveries']);
  });
});

describe('the picture', () => {
  const svg = picture(summaryOf(busy, wire));
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');

  test('is well-formed, whatever the systems are called', () => {
    expect(parsed.querySelector('parsererror')).toBeNull();
    const odd = caseOf('fanout-200', { ws: { cpuPerDelivery: 1 } });
    for (const it of odd.systems) it.name = '<ws> & "friends"';
    const other = new DOMParser().parseFromString(picture(summaryOf(odd)), 'image/svg+xml');
    expect(other.querySelector('parsererror')).toBeNull();
    expect(other.documentElement.textContent).toContain('<ws> & "friends"');
  });

  test('has bars that begin at zero: twice the figure is twice as long', () => {
    const [panel] = parsed.querySelectorAll('g');
    const widths = [...(panel?.querySelectorAll('rect') ?? [])].map((bar) =>
      Number(bar.getAttribute('width')),
    );
    expect(widths).toHaveLength(3);
    expect(widths[1]! / widths[0]!).toBeCloseTo(10, 1);
    expect(widths[1]! / widths[2]!).toBeCloseTo(6.25, 1);
  });

  test('tells its figures to those who cannot see it', () => {
    expect(parsed.documentElement.getAttribute('aria-label')).toContain(
      'Server CPU for one delivery (1,000 viewers, 200 messages a second): Hubbub 1.25 µs, Socket.IO 4.8 12.50 µs',
    );
  });

  test('marks what could not be compressed', () => {
    expect(parsed.documentElement.textContent).toContain('160.0 B, plain');
  });
});

describe('what a million viewers take', () => {
  const measured = [
    caseOf('idle', { hubbub: { serverCore: 2, bytesPerConnection: 8_000 } }),
    caseOf('connect', { hubbub: { cpuPerConnect: 300 } }),
    caseOf('rooms', { hubbub: { cpuPerDelivery: 40 } }),
    caseOf('wire', { hubbub: { cpuPerDelivery: 1.09, perFrame: 20, bytesPerDelivery: 20 } }),
    caseOf('ingest', {
      hubbub: { acknowledgedPerSecond: 15_000, serverCpuPerMessage: 90, databaseCpuPerMessage: 20 },
    }),
    caseOf('ingest-rooms', {
      hubbub: { acknowledgedPerSecond: 8_000, serverCpuPerMessage: 100, databaseCpuPerMessage: 30 },
    }),
  ];

  test('is reckoned by the costs that were measured', () => {
    const summary = summaryOf(...measured);
    const table = { id: 'model-redis', title: '', columns: [], rows: [] };
    summary.simulations.push({ ...table, facts: { redisPerSubscriber: 4, redisPerReplica: 10 } });
    const [costs, crowd] = scale(summary);
    const amount = (rows: Reckoning['rows'], what: string) =>
      rows.find((row) => row[0] === what)?.[1];
    // A write: 20 messages of (1.09 − 90 ÷ 1,000) µs each. Ten a second, and 2 µs of idling.
    expect(amount(costs!.rows, 'gateway CPU, one write to one viewer')).toBe('20 µs');
    // 0.6 s less 5,000 × 30 µs of hearing, ÷ 202 µs.
    expect(amount(crowd!.rows, 'gateways')).toBe('449');
    expect(amount(crowd!.rows, 'Redis')).toBe('1.80 cores');
    expect(amount(crowd!.rows, 'to the viewers')).toBe('6.4 Gbit/s');
  });

  test('is not reckoned where a cost is missing', () => {
    expect(scale(summaryOf(...measured.slice(1)))).toEqual([]);
  });
});
