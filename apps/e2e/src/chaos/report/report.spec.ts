/** @jest-environment jsdom */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entry, fault, historyOf, said } from '../checker/testing';
import type { Outcome } from '../outcome';
import { seriesOf } from './series';
import { timeline } from './timeline';
import { writeReport } from './write';

const outcome: Outcome = {
  command: 'npm run chaos -- --faults 3 --seed 7',
  seed: 7,
  ms: 10_000,
  faults: [
    fault('gateway-kill', 1_000, { what: 'gateway 2 killed', recoveryMs: 2_000 }),
    fault('redis-pause', 5_000, { what: 'Redis stopped for 1.0 s' }),
    fault('redis-pause', 8_000, { what: 'Redis <stopped> & "gone"', recoveryMs: null }),
  ],
  acknowledged: 3,
  problems: [],
  history: historyOf(
    ...said(100, 1, 'a'),
    ...said(300, 2, 'b'),
    ...said(310, 3, 'c'),
    // Sent again: acknowledged and seen before.
    ...said(9_000, 3, 'c'),
    entry(150, 1, 'text of a'),
    entry(400, 2, 'text of b'),
    entry(400, 3, 'text of c'),
    entry(2_310, 3, 'text of c', 'another'),
  ),
};

describe('what the clients of a run had of it', () => {
  test('is how many messages were acknowledged each 250 ms, and how long each took to be seen', () => {
    const { binMs, acknowledged, seen } = seriesOf(outcome);
    expect(binMs).toBe(250);
    expect(acknowledged).toHaveLength(40);
    expect(acknowledged.slice(0, 3)).toEqual([1, 2, 0]);
    expect(acknowledged.reduce((sum, it) => sum + it, 0)).toBe(3);
    expect(seen.slice(0, 3)).toEqual([{ p50: 50, max: 50 }, { p50: 100, max: 2_000 }, null]);
  });

  test('is told more coarsely of a long run', () => {
    const { binMs, acknowledged } = seriesOf({ ...outcome, ms: 1_800_000 });
    expect(binMs % 250).toBe(0);
    expect(acknowledged.length).toBeLessThanOrEqual(480);
    expect(acknowledged.length * binMs).toBeGreaterThanOrEqual(1_800_000);
  });
});

describe('the picture of a run', () => {
  const parse = (svg: string) => new DOMParser().parseFromString(svg, 'image/svg+xml');
  const parsed = parse(timeline(outcome));
  const widthOf = (bar: Element | undefined) => Number(bar?.getAttribute('width'));

  test('is well-formed, whatever faults are called', () => {
    expect(parsed.querySelector('parsererror')).toBeNull();
    expect(parsed.documentElement.textContent).toContain('Redis <stopped> & "gone"');
    expect(timeline(outcome)).not.toContain('NaN');
  });

  test('has every fault in the lane of its kind, as long as it was, and as long as it was felt', () => {
    const faults = [...parsed.querySelectorAll('g')];
    const [killed, paused, gone] = faults.map((it) => [...it.querySelectorAll('rect')]);
    expect(faults).toHaveLength(3);
    const lane = (bars: Element[] | undefined) => bars?.[0]?.getAttribute('y');
    expect(lane(paused)).toBe(lane(gone));
    expect(lane(killed)).not.toBe(lane(paused));
    // At work for 1 s, felt for 2 s more.
    expect(widthOf(killed?.[0]) / widthOf(killed?.[1])).toBeCloseTo(2, 1);
    expect(gone?.[1]?.getAttribute('fill')).toBe('var(--lost)');
    expect(faults[0]?.textContent).toBe('gateway 2 killed, at 1 s; recovered in 2 s');
  });

  test('says how it ended', () => {
    expect(parsed.querySelector('desc')?.textContent).toContain('every guarantee held');
    const broken = parse(timeline({ ...outcome, problems: ['G1: …', 'G2: …'] }));
    expect(broken.querySelector('desc')?.textContent).toContain('2 problems');
  });

  test('is drawn also of a run that ended at once', () => {
    const empty = timeline({ ...outcome, ms: 0, faults: [], history: [] });
    expect(parse(empty).querySelector('parsererror')).toBeNull();
    expect(empty).not.toMatch(/NaN|Infinity/);
  });
});

describe('the files of a run', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'hubbub-report-'))));
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  test('are those that were asked for', () => {
    const svg = join(dir, 'run.svg');
    writeReport(outcome, { svg, json: null });
    expect(readFileSync(svg, 'utf8')).toBe(timeline(outcome));
  });

  test('have the history where something was wrong', () => {
    const json = join(dir, 'run.json');
    const read = () => JSON.parse(readFileSync(json, 'utf8')) as Partial<Outcome>;
    writeReport(outcome, { svg: null, json });
    expect(read()).toMatchObject({ seed: 7, faults: outcome.faults, problems: [] });
    expect(read().history).toBeUndefined();
    writeReport({ ...outcome, problems: ['G1: …'] }, { svg: null, json });
    expect(read().history).toEqual(outcome.history);
  });
});
