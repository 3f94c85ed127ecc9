import { isRoomChannel, parseRoomChannel } from './room-channel-name';

describe('the channel of a room', () => {
  it('names the room', () => {
    expect(parseRoomChannel('room.lobby')).toEqual({ slug: 'lobby', isPresence: false });
    expect(parseRoomChannel('presence-room.a-1')).toEqual({ slug: 'a-1', isPresence: true });
  });

  it('is none of a room that there cannot be, and none of a room of two', () => {
    for (const channel of ['room.', 'room.A', 'room.-a', 'room.a.b', 'presence-room.~0a1b2c']) {
      expect(isRoomChannel(channel)).toBe(true);
      expect(parseRoomChannel(channel)).toBeNull();
    }
  });

  it('leaves every other channel alone', () => {
    for (const channel of ['lobby', 'rooms.a', 'private-room.a', 'cache-room.a', 'a-room.b']) {
      expect(isRoomChannel(channel)).toBe(false);
    }
  });
});
