import type { Room } from './room';
import { Stage, until } from './testing/stage';
import type { OutgoingMessage } from './types';
import { webStorageOutbox, type WebStorageLike } from './web-storage-outbox';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const theRoom = () => stage.peer.room('stage');
const textsOf = () => theRoom().entries.map((entry) => ('text' in entry ? entry.text : entry.kind));
const failSends = (code: string, retryAfterMs?: number) => {
  stage.peer.judge = ({ event }) =>
    event === 'send' ? { code, ...(retryAfterMs !== undefined && { retryAfterMs }) } : 'answer';
};
/** The fates of messages, as the room tells them. */
function fatesOf(room: Room): string[] {
  const fates: string[] = [];
  room.on('outbox', (_, { text, status }) => fates.push(`${text} ${status}`));
  return fates;
}

class MemoryStorage implements WebStorageLike {
  readonly items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

describe('sending', () => {
  it('P8: is done with the place in the log, and leaves the outbox', async () => {
    const { room } = await stage.joined();
    const fates = fatesOf(room);
    const danmaku = { mode: 'top', color: '#ff0000', size: 'large' } as const;
    const message = room.send({ text: 'hello', danmaku, replyTo: 3 });
    expect(room.outbox).toEqual([message]);
    await expect(message.done).resolves.toEqual({ seq: 1, at: 1_700_000_000_001 });
    expect(message).toMatchObject({ status: 'sent', seq: 1 });
    expect(room.outbox).toEqual([]);
    expect(fates).toEqual(['hello queued', 'hello sending', 'hello sent']);
    expect(stage.peer.requestsOf('send')[0]?.data).toEqual({
      room: 'stage',
      key: message.key,
      text: 'hello',
      danmaku,
      replyTo: 3,
    });
    expect(message.key).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([true, false])(
    'P14: own entries come like all others (before the ok: %s)',
    async (first) => {
      stage.peer.isLogFirst = first;
      const { room, seen } = await stage.joined();
      const messages = ['a', 'b', 'c'].map((text) => room.send({ text }));
      await Promise.all(messages.map(({ done }) => done));
      await until(() => seen.last === 3);
      expect(seen.seqs).toEqual([1, 2, 3]);
      expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    },
  );

  it('keeps what is written before there is a connection, and sends it in order', async () => {
    const client = stage.client();
    const room = client.join('stage');
    const texts = ['a', 'b', 'c', 'd'];
    const messages = texts.map((text) => room.send({ text }));
    expect(room.outbox.map(({ status }) => status)).toEqual(texts.map(() => 'queued'));
    client.connect();
    await Promise.all(messages.map(({ done }) => done));
    expect(textsOf()).toEqual(texts);
  });

  it('G4: sends again with the same key where the reply was lost with the connection', async () => {
    const { room, seen } = await stage.joined();
    let isCut = false;
    stage.peer.judge = ({ event }, { socket }) => {
      if (event !== 'send' || isCut) return 'answer';
      isCut = true;
      socket.terminate();
      return 'silence';
    };
    const messages = ['a', 'b'].map((text) => room.send({ text }));
    await Promise.all(messages.map(({ done }) => done));
    expect(textsOf()).toEqual(['a', 'b']);
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
    await until(() => seen.last === 2);
    expect(seen.seqs).toEqual([1, 2]);
    const keys = stage.peer.requestsOf('send').map(({ data }) => data['key']);
    expect(keys).toEqual([messages[0]?.key, messages[0]?.key, messages[1]?.key]);
  });

  it('G4: sends again with the same key where no reply comes, or two', async () => {
    const { room } = await stage.joined('stage', { requestTimeoutMs: 30 });
    const verdicts = ['silence', 'drop', 'twice'] as const;
    let sends = 0;
    stage.peer.judge = ({ event }) =>
      event === 'send' ? (verdicts[sends++] ?? 'answer') : 'answer';
    const messages = ['a', 'b'].map((text) => room.send({ text }));
    await Promise.all(messages.map(({ done }) => done));
    expect(textsOf()).toEqual(['a', 'b']);
  });

  it.each(['unavailable', 'rate_limited'])(
    'P9: waits out %s, and keeps the order',
    async (code) => {
      const { room } = await stage.joined();
      failSends(code, 100);
      const startedAt = performance.now();
      const messages = ['a', 'b'].map((text) => room.send({ text }));
      await until(() => messages[0]?.error !== undefined);
      expect(messages[0]).toMatchObject({ status: 'queued', error: { code, retryAfterMs: 100 } });
      stage.peer.judge = () => 'answer';
      await Promise.all(messages.map(({ done }) => done));
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(99);
      expect(textsOf()).toEqual(['a', 'b']);
      expect(stage.peer.requestsOf('send')).toHaveLength(3);
      expect(messages[0]?.error).toBeUndefined();
    },
  );

  it('joins again where the gateway says that it has not', async () => {
    const { room } = await stage.joined();
    failSends('not_joined');
    const message = room.send({ text: 'a' });
    await until(() => message.error !== undefined);
    stage.peer.judge = () => 'answer';
    await message.done;
    expect(stage.peer.requestsOf('join').length).toBeGreaterThan(1);
  });

  it.each([
    'forbidden',
    'muted',
    'rejected',
    'too_long',
    'slow_mode',
    'unauthenticated',
    'internal',
  ])('fails for good on %s, and goes on with the next', async (code) => {
    const { room } = await stage.joined();
    stage.peer.judge = ({ event, data }) =>
      event === 'send' && data['text'] === 'bad' ? { code, retryAfterMs: 5 } : 'answer';
    const [bad, good] = ['bad', 'good'].map((text) => room.send({ text })) as [
      OutgoingMessage,
      OutgoingMessage,
    ];
    await expect(bad.done).rejects.toMatchObject({ code, retryAfterMs: 5 });
    await good.done;
    expect(bad).toMatchObject({ status: 'failed', error: { code } });
    expect(room.outbox).toEqual([bad]);

    stage.peer.judge = () => 'answer';
    bad.retry();
    bad.retry();
    await expect(bad.done).resolves.toMatchObject({ seq: 2 });
    expect(textsOf()).toEqual(['good', 'bad']);
    expect(room.outbox).toEqual([]);
  });

  it('discards what is not on its way', async () => {
    const client = stage.client();
    const room = client.join('stage');
    const [a, b] = ['a', 'b'].map((text) => room.send({ text })) as [
      OutgoingMessage,
      OutgoingMessage,
    ];
    expect(a.discard()).toBe(true);
    expect(a.discard()).toBe(false);
    await expect(a.done).rejects.toMatchObject({ code: 'discarded' });
    client.connect();
    await b.done;
    expect(b.discard()).toBe(false);
    a.retry();
    await room.history();
    expect(textsOf()).toEqual(['b']);
  });

  it('is bounded, and refuses what the gateway would not take', () => {
    const room = stage.client({ outboxLimit: 2 }).join('stage');
    room.send({ text: 'a', key: 'the-key-of-a' });
    expect(room.send({ text: '  ' })).toMatchObject({
      status: 'failed',
      error: { code: 'invalid', field: 'text' },
    });
    expect(room.send({ text: 'a', key: 'short' })).toMatchObject({ error: { field: 'key' } });
    expect(room.send({ text: 'a', key: 'the-key-of-a' })).toMatchObject({
      error: { field: 'key' },
    });
    room.send({ text: 'b' });
    expect(room.send({ text: 'c' })).toMatchObject({ error: { code: 'outbox_full' } });
    expect(room.outbox.map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it('keeps a bounded number of failed ones', async () => {
    const { room } = await stage.joined('stage', { outboxLimit: 3 });
    failSends('rejected');
    for (const text of ['a', 'b', 'c', 'd', 'e'])
      await room.send({ text }).done.catch(() => undefined);
    expect(room.outbox.map(({ text }) => text)).toEqual(['c', 'd', 'e']);
  });

  it('P1: never sends a frame that would cost the connection', async () => {
    const { room } = await stage.joined();
    const message = room.send({ text: '弹'.repeat(6_000) });
    await expect(message.done).rejects.toMatchObject({ code: 'too_long' });
    await room.send({ text: 'ok' }).done;
    expect(stage.peer.connections).toHaveLength(1);
  });

  it('does not send under another name what was written under one', async () => {
    const { client, room } = await stage.joined();
    await stage.cutOff(client);
    const message = room.send({ text: 'mine' });
    stage.peer.user = { id: 'another', name: 'Another', role: 'user' };
    await expect(message.done).rejects.toMatchObject({ code: 'other_user' });
    expect(textsOf()).toEqual([]);
    message.retry();
    await message.done;
  });

  it('fails what waits when the room is left, and not what is on its way', async () => {
    const { room } = await stage.joined();
    const [a, b] = ['a', 'b'].map((text) => room.send({ text })) as [
      OutgoingMessage,
      OutgoingMessage,
    ];
    await room.leave();
    await expect(a.done).resolves.toMatchObject({ seq: 1 });
    await expect(b.done).rejects.toMatchObject({ code: 'closed' });
    expect(room.outbox).toEqual([]);
  });
});

describe('the outbox over a reload of the page', () => {
  it('sends what was kept, with the same keys, in order, before what is new', async () => {
    const storage = webStorageOutbox(new MemoryStorage());
    const before = await stage.joined('stage', { storage });
    const danmaku = { mode: 'scroll', color: '#ffffff', size: 'normal' } as const;
    stage.peer.judge = ({ event }) => (event === 'send' ? 'silence' : 'answer');
    before.room.send({ text: 'a', danmaku });
    before.room.send({ text: 'b' });
    await until(() => theRoom().head === 1);
    await before.client.close();
    stage.peer.judge = () => 'answer';

    const client = stage.client({ storage });
    const room = client.join('stage');
    expect(room.outbox.map(({ text, status }) => `${text} ${status}`)).toEqual([
      'a queued',
      'b queued',
    ]);
    expect(room.outbox[0]?.danmaku).toEqual(danmaku);
    const messages = [...room.outbox, room.send({ text: 'c' })];
    client.connect();
    await Promise.all(messages.map(({ done }) => done));
    expect(textsOf()).toEqual(['a', 'b', 'c']);
    expect(storage.load('stage')).toEqual([]);
  });

  it('keeps rooms apart, and nothing that is sent or failed', async () => {
    const memory = new MemoryStorage();
    const { client, room } = await stage.joined('stage', {
      storage: webStorageOutbox(memory, 'o.'),
    });
    failSends('rejected');
    await room.send({ text: 'bad' }).done.catch(() => undefined);
    stage.peer.judge = () => 'answer';
    await room.send({ text: 'good' }).done;
    expect(memory.items.size).toBe(0);
    await stage.cutOff(client);
    room.send({ text: 'later' });
    client.join('other').send({ text: 'there' });
    expect([...memory.items.keys()]).toEqual(['o.stage', 'o.other']);
  });

  it('passes over what makes no sense, and tells of storage that fails', async () => {
    const memory = new MemoryStorage();
    memory.setItem('hubbub.outbox.odd', '[{"key":1},{"key":"k","text":"t","createdAt":5},7]');
    memory.setItem('hubbub.outbox.bad', '{');
    const client = stage.client({ storage: webStorageOutbox(memory) });
    expect(client.join('odd').outbox).toHaveLength(1);
    expect(client.join('bad').outbox).toHaveLength(0);
    expect(stage.errors).toHaveLength(1);
    memory.setItem = () => {
      throw new Error('quota');
    };
    const room = client.join('stage');
    const message = room.send({ text: 'a' });
    client.connect();
    await message.done;
    expect(stage.errors[1]?.message).toBe('quota');
  });
});
