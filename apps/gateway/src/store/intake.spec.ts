import { Intake, type Line } from './intake';

const BOUNDS = { least: 500, most: 20_000, stuckMs: 500 };
const IDLE: Line = { waiting: 0, ahead: 0, rooms: 1, inFlightMs: 0 };

/** One room that is alone in the line. */
const alone = (waiting: number): Line => ({ ...IDLE, waiting, ahead: waiting });

/** An intake that has seen the database take `perMs` entries a millisecond for a second; and the time of its last look. */
function behind(perMs: number): { intake: Intake; now: number } {
  const intake = new Intake(BOUNDS);
  for (let now = 0; now <= 1_000; now += 10) intake.note(perMs * 10, 400, now);
  return { intake, now: 1_000 };
}

const isIn = (intake: Intake, line: Line, now: number) => intake.refusal(line, now) === null;

it('a burst that comes to an idle log is let in whole', () => {
  const intake = new Intake(BOUNDS);
  expect(isIn(intake, alone(9_999), 0)).toBe(true);
  expect(isIn(intake, alone(10_000), 0)).toBe(false);
});

it('what is committed as it comes says nothing of what the database could take', () => {
  const intake = new Intake(BOUNDS);
  for (let now = 0; now <= 1_000; now += 10) intake.note(20, 20, now);
  expect(isIn(intake, alone(9_000), 1_000)).toBe(true);
  expect(intake.waitMs(9_000, 1_000)).toBe(0);
});

it('while the database is behind, what it commits in a quarter of a second may wait', () => {
  const { intake, now } = behind(8);
  expect(isIn(intake, alone(1_990), now)).toBe(true);
  expect(isIn(intake, alone(2_010), now)).toBe(false);
  expect(intake.waitMs(2_000, now)).toBeCloseTo(250, 0);
});

it('however slow the database is, a batch may wait: larger ones are cheaper', () => {
  const { intake, now } = behind(0.1);
  expect(isIn(intake, alone(490), now)).toBe(true);
  expect(isIn(intake, alone(510), now)).toBe(false);
});

it('follows the database when it becomes slower and faster', () => {
  const { intake } = behind(8);
  for (let now = 1_010; now <= 3_000; now += 10) intake.note(40, 400, now);
  expect(intake.waitMs(1_000, 3_000)).toBeCloseTo(250, 0);
  for (let now = 3_010; now <= 5_000; now += 10) intake.note(160, 400, now);
  expect(intake.waitMs(4_000, 5_000)).toBeCloseTo(250, 0);
});

it('forgets what was measured long ago', () => {
  const { intake, now } = behind(4);
  expect(isIn(intake, alone(5_000), now)).toBe(false);
  expect(isIn(intake, alone(5_000), now + 2_001)).toBe(true);
});

it('nobody is refused for what a busy room has in the line', () => {
  const { intake, now } = behind(4);
  const line = { waiting: 3_000, rooms: 2, inFlightMs: 0 };
  expect(isIn(intake, { ...line, ahead: 3_000 }, now)).toBe(false);
  expect(isIn(intake, { ...line, ahead: 0 }, now)).toBe(true);
});

it('with too many rooms in the line each is refused', () => {
  const { intake, now } = behind(4);
  expect(isIn(intake, { waiting: 1_100, rooms: 1_100, ahead: 0, inFlightMs: 0 }, now)).toBe(false);
});

it('no more waits than the memory is meant for, whoever it is', () => {
  const intake = new Intake(BOUNDS);
  expect(isIn(intake, { waiting: 20_000, rooms: 2, ahead: 0, inFlightMs: 0 }, 0)).toBe(false);
});

it('a room whose commit is stuck takes nothing, and the others do', () => {
  const intake = new Intake(BOUNDS);
  expect(isIn(intake, { ...IDLE, inFlightMs: 501 }, 0)).toBe(false);
  expect(isIn(intake, IDLE, 0)).toBe(true);
});

it('those who are refused together are told to come back one after the other, as fast as they are committed', () => {
  const { intake, now } = behind(4);
  const times = Array.from({ length: 2_000 }, () => {
    const refusal = intake.refusal(alone(2_000), now);
    return refusal?.details.retryAfterMs ?? 0;
  });
  // 2,000 at 4 a millisecond wait 500 ms; half of that, and then a moment for each, and up to a quarter more.
  expect(times[0]).toBeGreaterThanOrEqual(250);
  expect(times[0]).toBeLessThan(320);
  expect(times.at(-1)).toBeGreaterThanOrEqual(740);
  expect(times.at(-1)).toBeLessThan(950);
  const firstHalf = times.filter((time) => time < 550).length;
  expect(firstHalf).toBeGreaterThan(600);
  expect(firstHalf).toBeLessThan(1_300);
});

it('nobody is told to wait for more than five seconds and a little', () => {
  const { intake, now } = behind(0.1);
  for (let i = 0; i < 5_000; i++) intake.refusal(alone(600), now);
  expect(intake.refusal(alone(600), now)?.details.retryAfterMs).toBe(5_000);
});
