import type { Roster } from '../cluster/occupancy';
import { until } from '../testing/until';
import { RosterMirror } from './roster-mirror';

function createMirror(load: () => Promise<Roster | null>, here: string[] = []) {
  const told: string[] = [];
  const mirror = new RosterMirror({
    load,
    joined: ({ id }) => told.push(`+${id}`),
    left: (id) => told.push(`-${id}`),
    isHere: (id) => here.includes(id),
  });
  return { mirror, told };
}

const roster = (version: number, ...users: string[]): Roster => ({
  isWhole: true,
  version,
  members: new Map(users.map((user) => [user, null])),
});
const joined = (version: number, user: string) =>
  ({ type: 'joined', version, user, info: null }) as const;
const left = (version: number, user: string) => ({ type: 'left', version, user }) as const;

describe('roster mirror', () => {
  it('G7: tells each coming and going once, repeats included', () => {
    const { mirror, told } = createMirror(() => Promise.resolve(null));
    mirror.hear(joined(1, 'a'));
    mirror.hear(joined(1, 'a'));
    mirror.add({ id: 'a', info: null });
    mirror.hear(joined(2, 'b'));
    mirror.hear(left(3, 'a'));
    mirror.hear(left(3, 'a'));
    expect(told).toEqual(['+a', '+b', '-a']);
    expect([...mirror.members.keys()]).toEqual(['b']);
    mirror.close();
  });

  it('loads anew where news was missed, with what comes meanwhile', async () => {
    let answer: (roster: Roster) => void = () => undefined;
    const { mirror, told } = createMirror(() => new Promise((resolve) => (answer = resolve)));
    mirror.hear(joined(1, 'a'));
    mirror.hear(joined(3, 'c'));
    const loaded = mirror.load();
    mirror.hear(left(4, 'a'));
    answer(roster(3, 'a', 'b', 'c'));
    await loaded;
    await Promise.resolve();
    expect(told).toEqual(['+a', '+b', '+c', '-a']);
    mirror.close();
  });

  it('takes nobody for gone while not all have been told anew, and looks again by itself', async () => {
    let current: Roster = roster(2, 'a', 'b');
    const { mirror, told } = createMirror(() => Promise.resolve(current));
    await mirror.load();
    current = { ...roster(3, 'c'), isWhole: false };
    await mirror.load();
    expect(told).toEqual(['+a', '+b', '+c']);
    current = roster(4, 'b', 'c', 'd');
    await until('the rest is there', () => mirror.members.has('d'));
    expect([...mirror.members.keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
    mirror.close();
  });

  it('takes nobody for gone who is only not told yet, and everybody who stays missing', async () => {
    let current = roster(2, 'a', 'b', 'c');
    const { mirror, told } = createMirror(() => Promise.resolve(current), ['c']);
    await mirror.load();
    // Redis has lost everything, and only this much was told anew.
    current = roster(1, 'a');
    await mirror.load();
    expect([...mirror.members.keys()]).toEqual(['a', 'b', 'c']);
    await until('b is gone', () => !mirror.members.has('b'));
    expect(told).toEqual(['+a', '+b', '+c', '-b']);
    mirror.close();
  });
});
