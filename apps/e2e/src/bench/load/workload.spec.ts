import fc from 'fast-check';
import { contentOf, indexIn, Workload, type Message } from './workload';

const counts = fc.record({
  rooms: fc.integer({ min: 1, max: 40 }),
  senders: fc.integer({ min: 1, max: 40 }),
});

function workloadOf(counted: { rooms: number; senders: number }, seed = 1): Workload {
  const rooms = Array.from({ length: counted.rooms }, (_, i) => `room-${String(i)}`);
  return new Workload({ seed, rooms, senders: counted.senders });
}

function first(count: number, workload: Workload): Message[] {
  return Array.from({ length: count }, (_, i) => workload.message(i));
}

describe('the workload', () => {
  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => first(500, workloadOf({ rooms: 3, senders: 5 }, seed));
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
  });

  it('goes round the rooms, each message from a sender who is there', () => {
    fc.assert(
      fc.property(counts, fc.nat({ max: 1_000_000 }), (counted, index) => {
        const workload = workloadOf(counted);
        const { room, sender } = workload.message(index);
        expect(room).toBe(`room-${String(index % counted.rooms)}`);
        expect(workload.roomsOf(sender)).toContain(index % counted.rooms);
      }),
      { numRuns: 30 },
    );
  });

  it('is said by all senders of a room alike where it is to be even', () => {
    fc.assert(
      fc.property(counts, (counted) => {
        const workload = workloadOf(counted);
        const { rooms, senders } = counted;
        const said = new Map<string, number>();
        const times = 2 * senders;
        for (let index = 0; index < rooms * times; index++) {
          const { room, sender } = workload.evenMessage(index);
          expect(room).toBe(`room-${String(index % rooms)}`);
          expect(workload.roomsOf(sender)).toContain(index % rooms);
          const who = `${room} ${String(sender)}`;
          said.set(who, (said.get(who) ?? 0) + 1);
        }
        for (let room = 0; room < rooms; room++) {
          const name = `room-${String(room)} `;
          const shares = [...said].flatMap(([who, count]) => (who.startsWith(name) ? count : []));
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is content in JSON that tells its index', () => {
    const workload = workloadOf({ rooms: 2, senders: 9 });
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000 }), (index) => {
        const message = workload.message(index);
        const content = JSON.parse(contentOf(message)) as { text: string; user: { name: string } };
        expect(content).toEqual({
          user: { id: expect.any(String) as string, name: expect.any(String) as string },
          text: message.text,
          danmaku: JSON.parse(message.danmaku) as object,
        });
        expect(indexIn(content.text)).toBe(index);
      }),
    );
    expect(indexIn('gg')).toBeNaN();
  });

  it('is said by some more than by others, and some texts more than others', () => {
    const messages = first(5_000, workloadOf({ rooms: 1, senders: 50 }));
    const share = (is: (message: Message) => boolean) => messages.filter(is).length / 5_000;
    expect(share(({ sender }) => sender === 0)).toBeGreaterThan(0.15);
    expect(share(({ sender }) => sender === 49)).toBeLessThan(0.02);
    expect(new Set(messages.map(({ sender }) => sender)).size).toBe(50);
    expect(share(({ text }) => text.startsWith('666 '))).toBeGreaterThan(0.15);
  });
});
