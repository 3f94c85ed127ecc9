import { Refusal } from '../refusal';
import { keyOf, planCommit } from './commit-plan';
import { StalePolicy, type Pending, type Place } from './draft';

const pending = (key: string, more: Partial<Pending['draft']> = {}): Pending => ({
  draft: { kind: 'message', userId: 'ann', key, body: {}, policyVersion: 3, ...more },
  userId: 'ann',
  key,
  body: `{"kind":"message","text":"${key}"}`,
  triedAt: [],
});
const batch = (...all: Pending[]) => ({ roomId: 7, pending: all, notBefore: 0 });
const known = (places: Record<string, Place>) =>
  new Map(
    Object.entries(places).map(([key, place]) => [
      keyOf('ann', key),
      { ...place, body: pending(key).body },
    ]),
  );
const head = { lastSeq: 10, policyVersion: 3 };
const NONE = known({});

/** `from` and length of what is told as committed. */
const told = ({ result }: ReturnType<typeof planCommit>) =>
  result.committed.map(({ from, entries }) => [from, entries.length]);

it('numbers what is new without a gap, whatever else is in the batch', () => {
  const plan = planCommit(
    batch(pending('a'), pending('old', { policyVersion: 2 }), pending('twice'), pending('b')),
    head,
    known({ twice: { seq: 4, at: 40 } }),
  );
  expect(plan.result.outcomes).toEqual([
    { seq: 11, at: plan.at, duplicate: false },
    expect.any(StalePolicy),
    { seq: 4, at: 40, duplicate: true },
    { seq: 12, at: plan.at, duplicate: false },
  ]);
  expect(plan.inserts.map(({ seq }) => seq)).toEqual([11, 12]);
  expect(told(plan)).toEqual([[11, 2]]);
});

it('G9: what follows a change of the policy is out of date', () => {
  const change = pending('mute', { effect: { type: 'mute', userId: 'bob', until: 1 } });
  const later = pending('c', { policyVersion: 4 });
  const plan = planCommit(batch(pending('a'), change, pending('b'), later), head, NONE);
  expect(plan.policyChanges).toBe(1);
  expect(plan.result.outcomes[2]).toBeInstanceOf(StalePolicy);
  expect(plan.inserts.map(({ pending: { key } }) => key)).toEqual(['a', 'mute', 'c']);
});

it('a withdrawal is no change of the policy', () => {
  const withdrawal = pending('delete', { effect: { type: 'withdraw', seq: 1 } });
  const plan = planCommit(batch(withdrawal, pending('a')), head, NONE);
  expect([plan.policyChanges, plan.inserts.length]).toEqual([0, 2]);
});

it('a room that is gone takes nothing', () => {
  const plan = planCommit(batch(pending('a')), null, NONE);
  expect(plan.result.outcomes[0]).toBeInstanceOf(Refusal);
  expect([plan.inserts, plan.result.committed]).toEqual([[], []]);
});

it('time does not go back', () => {
  const notBefore = Date.now() + 60_000;
  const plan = planCommit({ ...batch(pending('a')), notBefore }, head, NONE);
  expect(plan.at).toBe(notBefore);
});

describe('G4: a commit whose answer was lost', () => {
  it('and that was one is told as committed, and is no repeat', () => {
    const lost = batch(pending('a'), pending('b'));
    const { at } = planCommit(lost, head, NONE);
    const found = known({ a: { seq: 11, at }, b: { seq: 12, at } });
    const plan = planCommit(lost, { ...head, lastSeq: 12 }, found);
    expect(plan.inserts).toEqual([]);
    expect(plan.result.outcomes).toEqual([
      { seq: 11, at, duplicate: false },
      { seq: 12, at, duplicate: false },
    ]);
    expect(told(plan)).toEqual([[11, 2]]);
    expect(plan.result.committed[0]?.entries[0]?.json).toBe(
      `{"seq":11,"at":${String(at)},"kind":"message","text":"a"}`,
    );
  });

  it('and that was none is made again, in another place', () => {
    const lost = batch(pending('a'), pending('b'));
    planCommit(lost, head, NONE);
    const plan = planCommit(lost, { ...head, lastSeq: 20 }, NONE);
    expect(plan.inserts.map(({ seq }) => seq)).toEqual([21, 22]);
    expect(told(plan)).toEqual([[21, 2]]);
  });

  it('is not taken for an earlier one of the same key', () => {
    const lost = batch(pending('a'));
    planCommit(lost, head, NONE);
    const plan = planCommit(lost, head, known({ a: { seq: 2, at: 20 } }));
    expect(plan.result.outcomes).toEqual([{ seq: 2, at: 20, duplicate: true }]);
    expect(told(plan)).toEqual([]);
  });

  it('is not taken for another text of the same key and the same millisecond', () => {
    const lost = batch(pending('a'));
    const { at } = planCommit(lost, head, NONE);
    const other = new Map([[keyOf('ann', 'a'), { seq: 11, at, body: '{"kind":"message"}' }]]);
    const plan = planCommit(lost, { ...head, lastSeq: 11 }, other);
    expect(plan.result.outcomes).toEqual([{ seq: 11, at, duplicate: true }]);
    expect(told(plan)).toEqual([]);
  });

  it('is told apart from what is new where another gateway came between', () => {
    const first = pending('a');
    const { at } = planCommit(batch(first), head, NONE);
    const plan = planCommit(
      batch(first, pending('b'), pending('c')),
      { ...head, lastSeq: 15 },
      known({ a: { seq: 11, at } }),
    );
    expect(told(plan)).toEqual([
      [11, 1],
      [16, 2],
    ]);
  });
});
