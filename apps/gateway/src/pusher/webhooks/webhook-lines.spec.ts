import fc from 'fast-check';
import { WebhookLines, type Line } from './webhook-lines';
import type { Delivery } from './webhook-store';

const row = (seq: number, orderingKey = 'a', more: Partial<Delivery> = {}): Delivery => ({
  seq,
  orderingKey,
  body: 'x'.repeat(10),
  recordedAt: seq,
  queuedAt: seq,
  attempts: 0,
  dueAt: null,
  ...more,
});
const seqs = (rows: readonly Delivery[] | undefined) => (rows ?? []).map(({ seq }) => seq);
const lineOf = (batch: { lines: ReadonlyMap<Line, unknown> } | null) =>
  [...batch!.lines.keys()][0]!;

it('what comes while a line waits to be tried again does not overtake what was passed over', () => {
  const lines = new WebhookLines({ events: 1, bytes: 1_000 });
  lines.add([row(1), row(2)]);
  const first = lines.takeFresh();
  const line = lineOf(first);
  lines.holdBack(line, [...first!.rows], 0);
  lines.resume(line);
  lines.add([row(3)]);
  expect(seqs(lines.takeRetry()?.rows)).toEqual([1]);
  expect(lines.release(line, true)).toBe(2);
  expect(lines.takeFresh()).toBeNull();
});

it('what another gateway has tried waits together, and what is behind it is passed over', () => {
  const lines = new WebhookLines({ events: 2, bytes: 1_000 });
  const tried = { attempts: 1, dueAt: 50 };
  const waiting = lines.add([
    row(1, 'a', tried),
    row(2, 'a', tried),
    row(3, 'a', tried),
    row(4),
    row(5, 'b'),
  ]);
  expect([...waiting].map(([{ key }, dueAt]) => [key, dueAt])).toEqual([['a', 50]]);
  expect(seqs(lines.takeFresh()?.rows)).toEqual([5]);
  expect(lines.takeRetry()).toBeNull();
  const [line] = waiting.keys();
  lines.resume(line!);
  expect(seqs(lines.takeRetry()?.rows)).toEqual([1, 2]);
  expect(lines.release(line!, true)).toBe(3);
});

it('no post is larger than it may be, but for a row that is alone too large', () => {
  const lines = new WebhookLines({ events: 3, bytes: 25 });
  lines.add([row(1), row(2, 'b'), row(3), row(4, 'c', { body: 'x'.repeat(99) }), row(5, 'd')]);
  const posts: number[][] = [];
  for (let batch = lines.takeFresh(); batch; batch = lines.takeFresh())
    posts.push(seqs(batch.rows));
  expect(posts.flat().sort()).toEqual([1, 2, 3, 4, 5]);
  expect(posts.every((post) => post.length <= 2)).toBe(true);
  expect(posts).toContainEqual([4]);
});

/** The lane's part: it reads pages, posts, and reads again from where rows were passed over. */
class Lane {
  readonly pending: Delivery[];
  readonly posted: Delivery[] = [];
  readonly #lines: WebhookLines;
  readonly #underWay: NonNullable<ReturnType<WebhookLines['takeFresh']>>[] = [];
  readonly #waiting: Line[] = [];
  #cursor = 0;

  constructor(keys: readonly number[], events: number) {
    this.#lines = new WebhookLines({ events, bytes: 1_000 });
    this.pending = keys.map((key, i) => row(i + 1, String(key)));
  }

  read(): void {
    const page = this.pending.filter(({ seq }) => seq > this.#cursor).slice(0, 4);
    this.#waiting.push(...this.#lines.add(page).keys());
    this.#cursor = page.at(-1)?.seq ?? this.#cursor;
  }

  post(): void {
    const batch = this.#lines.takeRetry() ?? this.#lines.takeFresh();
    if (batch) this.#underWay.push(batch);
  }

  answer(isOk: boolean): void {
    const batch = this.#underWay.shift();
    if (!batch) return;
    if (isOk) this.posted.push(...batch.rows);
    for (const [line, rows] of batch.lines) {
      if (!isOk) {
        this.#lines.holdBack(line, rows, 0);
        this.#waiting.push(line);
        continue;
      }
      for (const one of rows)
        this.pending.splice(
          this.pending.findIndex(({ seq }) => seq === one.seq),
          1,
        );
      this.#lines.forget(rows);
      const from = this.#lines.release(line, true);
      if (from !== null) this.#cursor = Math.min(this.#cursor, from - 1);
    }
  }

  resume(): void {
    const line = this.#waiting.shift();
    if (line) this.#lines.resume(line);
  }
}

it('whatever fails and whenever it is read: all is posted, once, in order by key', () => {
  const step = fc.constantFrom('read', 'post', 'fail', 'succeed', 'resume');
  const keys = fc.array(fc.nat(3), { maxLength: 25 });
  fc.assert(
    fc.property(
      keys,
      fc.array(step, { maxLength: 200 }),
      fc.integer({ min: 1, max: 4 }),
      (given, steps, events) => {
        const lane = new Lane(given, events);
        const take = (one: string) => {
          if (one === 'read') lane.read();
          else if (one === 'post') lane.post();
          else if (one === 'resume') lane.resume();
          else lane.answer(one === 'succeed');
        };
        steps.forEach(take);
        // In the end, all goes well.
        for (let i = 0; i < 200; i++) ['resume', 'read', 'post', 'succeed'].forEach(take);
        expect(lane.pending).toEqual([]);
        for (let key = 0; key <= 3; key++) {
          const own = lane.posted.filter(({ orderingKey }) => orderingKey === String(key));
          expect(seqs(own)).toEqual(given.flatMap((one, i) => (one === key ? [i + 1] : [])));
        }
      },
    ),
    { numRuns: 500 },
  );
});
