import type { RoomSummary } from '@hubbub/protocol';
import { matching, refreshed, withPage } from './room-list';

function room(slug: string, viewers = 0, title = slug): RoomSummary {
  return {
    slug,
    title,
    viewers,
    state: 'live',
    visibility: 'public',
    owner: { id: 'u1', name: 'Mika' },
    streamUrl: null,
    slowModeMs: 0,
    createdAt: 0,
  };
}
const slugs = (list: { rooms: RoomSummary[] }) => list.rooms.map((one) => one.slug).join(' ');

describe('the rooms of the lobby', () => {
  const list = { rooms: [room('a', 9), room('b', 8), room('c', 7)], next: '3' };

  it('grow by a page, each room once', () => {
    const more = withPage(list, { rooms: [room('c', 7), room('d', 6)], next: null });
    expect(slugs(more)).toBe('a b c d');
    expect(more.next).toBeNull();
  });

  it('take the new order, forget who went off air, and greet who came', () => {
    const page = { rooms: [room('n', 20), room('b', 10), room('a', 9)], next: '3' };
    expect(slugs(refreshed(list, { page, covered: 24, hold: false }))).toBe('n b a');
  });

  it('keep their places while somebody points at them, with counts that move', () => {
    const page = { rooms: [room('n', 20), room('b', 10), room('a', 9)], next: null };
    const held = refreshed(list, { page, covered: 24, hold: true });
    expect(slugs(held)).toBe('a b n');
    expect(held.rooms[1]?.viewers).toBe(10);
  });

  it('keep what lies beyond the part that was asked for again, and its cursor', () => {
    const page = { rooms: [room('c', 30), room('a', 9)], next: '2' };
    const after = refreshed(list, { page, covered: 2, hold: false });
    expect(slugs(after)).toBe('c a');
    expect(after.next).toBe('3');
  });

  it('are found by every word of title or owner, in any case', () => {
    const rooms = [room('a', 0, 'Late Night Radio'), room('b', 0, '深夜电台')];
    expect(slugs({ rooms: matching(rooms, 'radio LATE') })).toBe('a');
    expect(slugs({ rooms: matching(rooms, '深夜') })).toBe('b');
    expect(slugs({ rooms: matching(rooms, 'mika') })).toBe('a b');
    expect(matching(rooms, 'nothing')).toEqual([]);
  });
});
