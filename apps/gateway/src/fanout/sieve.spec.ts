import fc from 'fast-check';
import type { Item } from './ring';
import { Sieve, type Audience } from './sieve';

/** What a test's item says of itself. */
interface Said {
  sender: string;
  isForAll?: boolean;
  keys?: string[];
}

const itemOf = (seq: number, { sender, isForAll = false, keys = [] }: Said): Item => ({
  seq,
  json: JSON.stringify({ sender, isForAll, keys }),
});

const read = (item: Item) => JSON.parse(item.json) as Audience;

function createSieve(limit: number, heard: readonly string[] = [], audience = read): Sieve {
  return new Sieve({ limit, audience, isHeard: (key) => heard.includes(key) });
}

const seqs = (items: readonly Item[]) => items.map(({ seq }) => seq);

const arbitrarySaid = fc.record({
  sender: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  isForAll: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  keys: fc.array(fc.constantFrom('x', 'y', 'nobody'), { maxLength: 2 }),
});

describe('sieve', () => {
  it('gives everything, and looks into nothing, up to what may be given', () => {
    const looked = jest.fn(read);
    const sieve = createSieve(40, [], looked);
    for (let seq = 1; seq <= 40; seq++) sieve.push(itemOf(seq, { sender: 'a' }));
    const { items, extras } = sieve.take(40);
    expect(seqs(items)).toHaveLength(40);
    expect(extras).toBeNull();
    expect(looked).not.toHaveBeenCalled();
    expect(sieve.take(40).items).toEqual([]);
  });

  it('gives as many as it may, all that is for all, and what is for a key to who listens for it', () => {
    fc.assert(
      fc.property(
        fc.array(arbitrarySaid, { size: 'max', maxLength: 600 }),
        fc.integer({ min: 0, max: 60 }),
        (said, count) => {
          const sieve = createSieve(60, ['x', 'y']);
          said.forEach((one, i) => {
            sieve.push(itemOf(i + 1, one));
          });
          const { items, extras } = sieve.take(count);
          const given = seqs(items);
          expect(given).toEqual([...given].sort((a, b) => a - b));
          const forAll = said.flatMap((one, i) => (one.isForAll ? i + 1 : []));
          expect(forAll.every((seq) => given.includes(seq))).toBe(true);
          expect(given).toHaveLength(Math.min(said.length, Math.max(count, forAll.length)));
          for (const key of ['x', 'y', 'nobody']) {
            const isFor = ({ isForAll, keys }: Said) => !isForAll && keys?.includes(key) === true;
            const wanted = said.flatMap((one, i) => (isFor(one) ? i + 1 : []));
            const more = wanted.filter((seq) => !given.includes(seq));
            const own = [...new Set(seqs(extras?.get(key) ?? []))];
            expect(own).toEqual(key === 'nobody' ? [] : more);
          }
        },
      ),
    );
  });

  it('gives each sender one, before it gives any of them a second', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), {
          size: 'max',
          maxLength: 800,
        }),
        fc.integer({ min: 1, max: 50 }),
        (senders, count) => {
          const sieve = createSieve(50);
          senders.forEach((sender, i) => {
            sieve.push(itemOf(i + 1, { sender }));
          });
          const given = new Map<string, number>();
          for (const { seq } of sieve.take(count).items) {
            const sender = senders[seq - 1] ?? '';
            given.set(sender, (given.get(sender) ?? 0) + 1);
          }
          const most = Math.max(0, ...given.values());
          for (const sender of new Set(senders)) {
            const said = senders.filter((one) => one === sender).length;
            expect(given.get(sender) ?? 0).toBeGreaterThanOrEqual(Math.min(said, most - 1));
          }
        },
      ),
    );
  });

  it('gives who floods no better chance in a window than who says one thing', () => {
    const sieve = createSieve(40);
    const windows = 400;
    const given = new Map<string, number>();
    for (let window = 0; window < windows; window++) {
      const senders = Array.from({ length: 39 }, (_, i) => `u_${String(i).padStart(8, '0')}`);
      // It says everything else, before and after the others.
      const said = [...senders, ...Array.from({ length: 961 }, () => 'flood')];
      const turned = [...said.slice(500), ...said.slice(0, 500)];
      turned.forEach((sender, i) => {
        sieve.push(itemOf(i + 1, { sender }));
      });
      for (const { json } of sieve.take(4).items) {
        const { sender } = JSON.parse(json) as Audience;
        given.set(sender, (given.get(sender) ?? 0) + 1);
      }
    }
    // Four of forty: each is given 40 times, give or take six.
    expect(given.size).toBe(40);
    for (const times of given.values()) {
      expect(times).toBeGreaterThan(5);
      expect(times).toBeLessThan(80);
    }
  });

  it('gives who says little all of it, however many windows somebody floods', () => {
    const sieve = createSieve(40);
    const given = new Map<string, number>();
    for (let window = 0; window < 200; window++) {
      // Two of fifty say something, of whom the room could be given two more.
      const few = [window % 50, (window + 25) % 50].map((i) => `u${String(i)}`);
      const said = [...Array.from({ length: 100 }, () => 'flood'), ...few];
      said.forEach((sender, i) => {
        sieve.push(itemOf(i + 1, { sender }));
      });
      for (const { json } of sieve.take(3).items) {
        const { sender } = JSON.parse(json) as Audience;
        given.set(sender, (given.get(sender) ?? 0) + 1);
      }
    }
    expect(given.get('flood')).toBeGreaterThanOrEqual(200);
    expect(given.get('flood')).toBeLessThan(205);
    const few = [...given].filter(([sender]) => sender !== 'flood');
    expect(few).toHaveLength(50);
    for (const [, times] of few.slice(2)) expect(times).toBe(8);
  });

  it('G6: keeps no more while it waits than it can give', () => {
    const sieve = createSieve(40);
    const json = 'x'.repeat(1_000);
    for (let seq = 1; seq <= 20_000 && !sieve.isFull; seq++) {
      sieve.push({ seq, json: JSON.stringify({ sender: `u${String(seq)}`, keys: [], json }) });
    }
    expect(sieve.isFull).toBe(false);
    expect(sieve.take(40).items).toHaveLength(40);
    const unlimited = createSieve(Infinity);
    let seq = 0;
    while (!unlimited.isFull) unlimited.push({ seq: ++seq, json });
    unlimited.push({ seq: seq + 1, json });
    expect(unlimited.take(Infinity).items).toHaveLength(seq);
    expect(seq).toBeLessThan(300);
  });

  it('G9: gives the form that an item has in the end', () => {
    const sieve = createSieve(1, ['x']);
    sieve.push(itemOf(1, { sender: 'a', isForAll: true }));
    for (let seq = 2; seq <= 600; seq++) sieve.push(itemOf(seq, { sender: 'a', keys: ['x'] }));
    for (const seq of [1, 300, 600, 601]) sieve.replace(seq, (json) => `withdrawn ${json}`);
    // What waits unread is looked into later: its form has to be one that can be.
    sieve.replace(600, (json) => json.replace('withdrawn ', ''));
    const { items, extras } = sieve.take(0);
    expect(items[0]?.json).toMatch(/^withdrawn/);
    expect(extras?.get('x')?.find(({ seq }) => seq === 300)?.json).toMatch(/^withdrawn/);
  });
});
