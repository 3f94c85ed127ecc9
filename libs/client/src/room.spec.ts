import type { Entry, RoomDescription } from '@hubbub/protocol';
import type { LogFrame } from './testing/scripted-peer';
import { Seen, Stage, numbers, until } from './testing/stage';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const theRoom = () => stage.peer.room('stage');

describe('joining', () => {
  it('P12: gives the latest entries, then what happens, and says which is which', async () => {
    theRoom().append(60);
    const { room, seen } = await stage.joined();
    expect(seen.seqs).toEqual(numbers(11, 60));
    theRoom().append(2);
    await until(() => seen.last === 62);
    expect(seen.seqs).toEqual(numbers(11, 62));
    expect(seen.live.filter(Boolean)).toHaveLength(2);
    expect(seen.gaps).toEqual([]);
    expect(room.head).toBe(62);
    expect(room.cursor).toBe(62);
    expect(room.description?.slug).toBe('stage');
    expect(room.you).toEqual({ role: 'viewer', mutedUntil: null });
    expect(room.viewers).toBe(1);
  });

  it('P12: gives everything after the cursor that it was told', async () => {
    theRoom().append(120);
    const client = stage.client();
    const given: Entry[] = [];
    const room = client.join('stage', { after: 0, onEntries: (entries) => given.push(...entries) });
    client.connect();
    await until(() => room.state.status === 'joined');
    expect(given.map(({ seq }) => seq)).toEqual(numbers(1, 120));
  });

  it('is the same room twice, and another one after leaving', async () => {
    const { client, room } = await stage.joined();
    expect(client.join('stage')).toBe(room);
    const left = room.leave();
    const again = client.join('stage');
    expect(again).not.toBe(room);
    await left;
    expect(room.state.status).toBe('left');
    await until(() => again.state.status === 'joined');
    const [seen, old] = [new Seen(again), new Seen(room)];
    theRoom().append();
    await until(() => seen.last === 1);
    expect(old.seqs).toEqual([]);
    await expect(room.history()).rejects.toMatchObject({ code: 'closed' });
    expect(room.send({ text: 'late' })).toMatchObject({
      status: 'failed',
      error: { code: 'closed' },
    });
  });

  it.each(['not_found', 'forbidden', 'banned', 'too_many_rooms'])(
    'is refused: %s',
    async (code) => {
      stage.peer.judge = ({ event }) => (event === 'join' ? { code } : 'answer');
      const client = stage.client();
      const room = client.join('stage');
      const message = room.send({ text: 'hello' });
      client.connect();
      await until(() => room.state.status === 'refused');
      expect(room.state).toMatchObject({ error: { name: 'HubbubError', code } });
      await expect(message.done).rejects.toMatchObject({ code });
      await expect(room.history()).rejects.toMatchObject({ code });
      stage.peer.judge = () => 'answer';
      expect(client.join('stage')).toBe(room);
      await until(() => room.state.status === 'joined');
      message.retry();
      await expect(message.done).resolves.toMatchObject({ seq: 1 });
    },
  );

  it('tries again what is refused for a while only, and what is not answered', async () => {
    let joins = 0;
    stage.peer.judge = ({ event }) => {
      if (event !== 'join') return 'answer';
      joins++;
      if (joins === 1) return { code: 'unavailable', retryAfterMs: 5 };
      return joins === 2 ? 'drop' : 'answer';
    };
    const { room } = await stage.joined('stage', { requestTimeoutMs: 300 });
    expect(joins).toBeGreaterThanOrEqual(3);
    expect(room.state).toEqual({ status: 'joined' });
  });

  it('passes over what comes of a room before its join is answered', async () => {
    theRoom().append(42);
    let joins = 0;
    stage.peer.judge = ({ event }) => (event === 'join' && ++joins === 1 ? 'drop' : 'answer');
    const client = stage.client({ requestTimeoutMs: 100 });
    const room = client.join('stage');
    const seen = new Seen(room);
    client.connect();
    await until(() => joins > 0);
    const data = { room: 'stage', from: 41, to: 42, entries: theRoom().between(41, 42) };
    stage.peer.latest.write({ event: 'log', data });
    await until(() => room.state.status === 'joined');
    expect(seen.seqs).toEqual(numbers(1, 42));
  });

  it('joins several rooms on one connection, all again after a loss, without waiting in between', async () => {
    const { client, seen } = await stage.joined('one');
    const more = ['two', 'three'].map((slug) => new Seen(client.join(slug)));
    await until(() => stage.peer.room('three').followers.size === 1);
    stage.peer.judge = ({ event }) => (event === 'join' ? 'drop' : 'answer');
    const before = stage.peer.requestsOf('join').length;
    stage.peer.cut();
    await until(() => stage.peer.requestsOf('join').length === before + 3);
    stage.peer.judge = () => 'answer';
    stage.peer.cut();
    for (const slug of ['one', 'two', 'three']) stage.peer.room(slug).append(2);
    await until(() => [seen, ...more].every(({ last }) => last === 2));
    for (const { seqs } of [seen, ...more]) expect(seqs).toEqual([1, 2]);
  });
});

describe('G3: nothing is lost in silence', () => {
  it('resumes with its cursor after a lost connection, each entry once', async () => {
    const { client, seen } = await stage.joined();
    theRoom().append(3);
    await until(() => seen.last === 3);
    await stage.cutOff(client);
    theRoom().append(400);
    await until(() => seen.last === 403);
    theRoom().append();
    await until(() => seen.last === 404);
    expect(seen.seqs).toEqual(numbers(1, 404));
    expect(seen.gaps).toEqual([]);
    expect(seen.live.filter((live) => !live)).toHaveLength(400);
    expect(stage.peer.requestsOf('join').map(({ data }) => data['after'])).toEqual([undefined, 3]);
  });

  it('P12: tells the gap where it was away for long, and the gap can be paged', async () => {
    const { client, room, seen } = await stage.joined();
    theRoom().append(1);
    await until(() => seen.last === 1);
    await stage.cutOff(client);
    theRoom().append(1_000);
    await until(() => seen.last === 1_001);
    expect(seen.seqs).toEqual([1, ...numbers(902, 1_001)]);
    expect(seen.gaps).toEqual([{ from: 2, to: 901, omitted: 900, thinned: false }]);
    const paged: number[] = [];
    for (let after = 1; after < 901; after = paged.at(-1) ?? 901) {
      const { entries } = await room.history({ after, limit: Math.min(200, 901 - after) });
      paged.push(...entries.map(({ seq }) => seq));
    }
    expect(paged).toEqual(numbers(2, 901));
  });

  it('P11: tells what a busy room left out', async () => {
    const { seen } = await stage.joined();
    stage.peer.distort = ({ event, data }) => {
      const entries = data.entries.filter(({ seq }) => seq % 3 === 0);
      const omitted = data.entries.length - entries.length;
      return [{ event, data: { ...data, entries, omitted } }];
    };
    theRoom().append(9);
    await until(() => seen.last === 9);
    expect(seen.seqs).toEqual([3, 6, 9]);
    expect(seen.gaps).toEqual([{ from: 1, to: 8, omitted: 6, thinned: true }]);
  });

  it('fills a hole of lost frames by itself, in order', async () => {
    const { seen } = await stage.joined();
    stage.peer.distort = () => [];
    theRoom().append(450);
    stage.peer.distort = (frame) => [frame];
    theRoom().append(2);
    await until(() => seen.last === 452);
    expect(seen.seqs).toEqual(numbers(1, 452));
    expect(seen.gaps).toEqual([]);
    expect(stage.peer.requestsOf('history').map(({ data }) => data['limit'])).toEqual([
      200, 200, 50,
    ]);
  });

  it('tells a hole that is too large, or cannot be read, as a gap', async () => {
    const { seen } = await stage.joined();
    stage.peer.distort = () => [];
    theRoom().append(501);
    stage.peer.distort = (frame) => [frame];
    theRoom().append();
    await until(() => seen.last === 502);
    expect(seen.gaps).toEqual([{ from: 1, to: 501, omitted: 501, thinned: false }]);

    stage.peer.judge = ({ event }) => (event === 'history' ? { code: 'unavailable' } : 'answer');
    stage.peer.distort = () => [];
    theRoom().append(2);
    stage.peer.distort = (frame) => [frame];
    theRoom().append();
    await until(() => seen.last === 505);
    expect(seen.gaps[1]).toEqual({ from: 503, to: 504, omitted: 2, thinned: false });
    expect(seen.seqs).toEqual([502, 505]);
  });

  it('loses nothing where the connection is lost while a hole is filled', async () => {
    const { seen } = await stage.joined();
    let isCut = false;
    stage.peer.judge = ({ event }) => {
      if (event !== 'history' || isCut) return 'answer';
      isCut = true;
      stage.peer.cut();
      return 'drop';
    };
    stage.peer.distort = () => [];
    theRoom().append(5);
    stage.peer.distort = (frame) => [frame];
    theRoom().append();
    await until(() => seen.last === 6);
    expect(seen.seqs).toEqual(numbers(1, 6));
    expect(seen.gaps).toEqual([]);
  });

  it('drops repeats and puts frames in order', async () => {
    const { seen } = await stage.joined();
    const late: LogFrame[] = [];
    stage.peer.distort = (frame) => {
      late.push(frame, frame);
      return late.length < 6 ? [] : late.reverse();
    };
    for (let i = 0; i < 3; i++) theRoom().append(2);
    await until(() => seen.last === 6);
    expect(seen.seqs).toEqual(numbers(1, 6));
  });

  it('starts over where the log is shorter than what it saw', async () => {
    const { seen } = await stage.joined();
    theRoom().append(10);
    await until(() => seen.last === 10);
    stage.peer.rooms.clear();
    theRoom().append(4);
    stage.peer.cut();
    await until(() => seen.resets === 1 && seen.last === 4);
    expect(seen.seqs).toEqual(numbers(1, 4));
    theRoom().append();
    await until(() => seen.last === 5);
    expect(seen.seqs).toEqual(numbers(1, 5));
  });

  it('P10: hands out an entry of a kind that it does not know', async () => {
    const { seen } = await stage.joined();
    theRoom().add({ kind: 'firework', color: 'red' });
    theRoom().flush();
    await until(() => seen.last === 1);
    expect(seen.entries[0]).toMatchObject({ kind: 'firework', color: 'red' });
  });
});

describe('what the room is', () => {
  it('follows its entries: title, state, slow mode, own mute', async () => {
    const { room } = await stage.joined();
    const heard: RoomDescription[] = [];
    room.on('description', (description) => heard.push(description));
    theRoom().add({ kind: 'room', title: 'New', slowModeMs: 3_000, state: 'offline' });
    theRoom().add({ kind: 'mute', user: 'somebody', until: 5, by: 'x' });
    theRoom().add({ kind: 'mute', user: 'me', until: 99, by: 'x' });
    theRoom().flush();
    await until(() => room.you?.mutedUntil === 99);
    expect(room.description).toMatchObject({ title: 'New', slowModeMs: 3_000, state: 'offline' });
    expect(heard).toHaveLength(1);
    theRoom().add({ kind: 'unmute', user: 'me', by: 'x' });
    theRoom().flush();
    await until(() => room.you?.mutedUntil === null);
  });

  it('is not set back by old entries that a join brings', async () => {
    theRoom().add({ kind: 'room', title: 'Old' });
    const { room } = await stage.joined();
    expect(room.description?.title).toBe('stage');
  });

  it('P15: hears the pulse', async () => {
    const { room } = await stage.joined();
    const likes: (number | undefined)[] = [];
    room.on('pulse', (pulse) => likes.push(pulse.likes));
    stage.peer.latest.write({ event: 'pulse', data: { room: 'stage', viewers: 7, likes: 3 } });
    await until(() => room.viewers === 7);
    expect(likes).toEqual([3]);
  });
});

describe('requests', () => {
  it('pages the log', async () => {
    theRoom().append(120);
    const { room } = await stage.joined();
    const page = await room.history({ before: 71, limit: 20 });
    expect(page.entries.map(({ seq }) => seq)).toEqual(numbers(51, 70));
    expect(page.more).toBe(true);
    expect((await room.history({ limit: 1_000 })).entries).toHaveLength(120);
    expect(stage.peer.requestsOf('history').at(-1)?.data['limit']).toBe(200);
  });

  it('asks a page again where the connection is lost before the reply', async () => {
    theRoom().append(3);
    const { room } = await stage.joined();
    stage.peer.judge = ({ event }) => {
      if (event !== 'history') return 'answer';
      stage.peer.judge = () => 'answer';
      stage.peer.cut();
      return 'drop';
    };
    expect((await room.history()).entries).toHaveLength(3);
  });

  it('moderates, and rejects with the code of the refusal', async () => {
    theRoom().append(1);
    const { room, seen } = await stage.joined();
    await expect(room.delete(1)).resolves.toBe(2);
    await until(() => seen.last === 2);
    await room.mute('troll', { seconds: 60, reason: 'spam' });
    await room.unmute('troll');
    expect(stage.peer.requestsOf('mute')[0]?.data).toEqual({
      room: 'stage',
      user: 'troll',
      seconds: 60,
      reason: 'spam',
    });
    stage.peer.judge = () => ({ code: 'forbidden', retryAfterMs: 7, field: 'seq' });
    await expect(room.delete(1)).rejects.toMatchObject({
      name: 'HubbubError',
      code: 'forbidden',
      retryAfterMs: 7,
      field: 'seq',
    });
  });

  it('does not repeat by itself what is not known to be undone', async () => {
    const { room } = await stage.joined();
    stage.peer.judge = ({ event }) => {
      if (event === 'mute') stage.peer.cut();
      return event === 'mute' ? 'drop' : 'answer';
    };
    await expect(room.mute('troll')).rejects.toMatchObject({ code: 'disconnected' });
    await until(() => room.state.status === 'joined');
    expect(stage.peer.requestsOf('mute')).toHaveLength(1);
  });

  it('waits for the room, but not for ever', async () => {
    const client = stage.client({ requestTimeoutMs: 300 });
    const room = client.join('stage');
    await expect(room.history()).rejects.toMatchObject({ code: 'timeout' });
    await expect(room.like()).rejects.toMatchObject({ code: 'disconnected' });
    const patient = stage.client();
    const waiting = patient.join('stage').history();
    for (const each of [client, patient]) each.connect();
    await expect(waiting).resolves.toEqual({ entries: [], more: false });
    await until(() => room.state.status === 'joined');
    stage.peer.judge = () => 'silence';
    await expect(room.delete(1)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('likes, types and reads', async () => {
    const { room } = await stage.joined();
    await room.like(50);
    expect(stage.peer.requestsOf('like')[0]?.data['count']).toBe(20);
    room.typing();
    room.typing();
    room.read(5);
    room.read(3);
    room.read(5);
    await room.history();
    expect(stage.peer.requestsOf('typing')).toHaveLength(1);
    expect(stage.peer.requestsOf('read').map(({ data }) => data['seq'])).toEqual([5]);
  });

  it('tells again what was read, where the connection was lost', async () => {
    const { client, room } = await stage.joined();
    await stage.cutOff(client);
    room.read(8);
    await until(() => stage.peer.requestsOf('read').length === 1);
    expect(stage.peer.requestsOf('read')[0]?.data['seq']).toBe(8);
  });
});
