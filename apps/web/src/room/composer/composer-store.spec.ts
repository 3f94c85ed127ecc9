import type { OutgoingMessage, RoomSelf } from '@hubbub/client';
import type { OutgoingRow } from '../session/outgoing-list';
import { ComposerStore, countChars, type ComposerRoom } from './composer-store';

const NOW = 1_700_000_000_000;

interface Sending {
  message: OutgoingMessage;
  fail: (code: string, retryAfterMs?: number) => Promise<void>;
  isDiscarded: () => boolean;
}

/** A room of this test's own making: it takes what is sent and lets the test say what becomes of it. */
class Room implements ComposerRoom {
  readonly sent: Sending[] = [];
  rows: OutgoingRow[] = [];
  self: RoomSelf = { role: 'viewer', mutedUntil: null };
  wait = 0;
  me: { id: string } | null = { id: 'me' };
  readonly you = { get: () => this.self };
  readonly waitUntil = { get: () => this.wait };
  readonly user = { get: () => this.me };
  readonly outgoing = { rows: { get: () => this.rows } };
  readonly localTime = (time: number): number => time;
  readonly send: ComposerRoom['send'] = (draft) => {
    let reject: (reason: Error) => void = () => undefined;
    const done = new Promise<never>((_, no) => {
      reject = no;
    });
    let error: { code: string; retryAfterMs: number | undefined } | undefined;
    let discarded = false;
    const message = {
      room: 'room',
      key: `key-${String(this.sent.length)}`,
      createdAt: NOW,
      status: 'sending',
      ...draft,
      get error() {
        return error;
      },
      done,
      retry: () => undefined,
      discard: () => (discarded = true),
    } as unknown as OutgoingMessage;
    this.sent.push({
      message,
      isDiscarded: () => discarded,
      fail: async (code, retryAfterMs) => {
        error = { code, retryAfterMs };
        reject(new Error(code));
        await done.catch(() => undefined);
      },
    });
    return message;
  };
}

describe('ComposerStore', () => {
  let room: Room;
  let composer: ComposerStore;
  beforeEach(() => {
    room = new Room();
    composer = new ComposerStore(room, () => NOW);
  });

  it('counts code points, and a composed letter as one', () => {
    expect(countChars('弹幕🎉')).toBe(3);
    expect(countChars('e\u0301')).toBe(1);
  });

  it('sends what is written, and is empty then', () => {
    composer.write('  hello ');
    composer.reply({ seq: 7, name: 'Ann', text: 'hi' });
    expect(composer.submit({ mode: 'top', color: '#ffffff', size: 'large' })).toBe('sent');
    expect(room.sent[0]?.message).toMatchObject({
      text: 'hello',
      replyTo: 7,
      danmaku: { mode: 'top' },
    });
    expect(composer.text.get()).toBe('');
    expect(composer.replyTo.get()).toBeNull();
  });

  it('has nothing to say about nothing', () => {
    composer.write('   ');
    expect(composer.submit(null)).toBe('empty');
    expect(composer.refused.get()).toBeNull();
  });

  it('keeps a text that is too long, and says so until it is changed', () => {
    composer.write('长'.repeat(201));
    expect(composer.submit(null)).toBe('refused');
    expect(composer.refused.get()).toEqual({ code: 'too_long', until: null });
    expect(composer.text.get()).toHaveLength(201);
    composer.write('长'.repeat(200));
    expect(composer.refused.get()).toBeNull();
    expect(composer.submit(null)).toBe('sent');
  });

  it('asks an anonymous viewer to sign in, and keeps the text', () => {
    room.me = null;
    composer.write('hello');
    expect(composer.submit(null)).toBe('sign-in');
    expect(composer.text.get()).toBe('hello');
  });

  it('says until when somebody is muted, without asking the gateway', () => {
    room.self = { role: 'viewer', mutedUntil: NOW + 60_000 };
    composer.write('hello');
    expect(composer.submit(null)).toBe('refused');
    expect(composer.refused.get()).toEqual({ code: 'muted', until: NOW + 60_000 });
    expect(room.sent).toHaveLength(0);
    room.self = { role: 'viewer', mutedUntil: NOW - 1 };
    expect(composer.submit(null)).toBe('sent');
  });

  it('waits out slow mode, and stays with the reason while the text is changed', () => {
    room.wait = NOW + 4000;
    composer.write('hello');
    expect(composer.submit(null)).toBe('refused');
    composer.write('hello you');
    expect(composer.refused.get()).toEqual({ code: 'slow_mode', until: NOW + 4000 });
  });

  it('takes back what the gateway refused', async () => {
    composer.write('spam');
    composer.submit(null);
    await room.sent[0]?.fail('rejected');
    expect(composer.text.get()).toBe('spam');
    expect(composer.refused.get()).toEqual({ code: 'rejected', until: null });
  });

  it('says when a refusal ends', async () => {
    composer.write('fast');
    composer.submit(null);
    await room.sent[0]?.fail('rate_limited', 1500);
    expect(composer.refused.get()).toEqual({ code: 'rate_limited', until: NOW + 1500 });
  });

  it('does not overwrite what has been begun meanwhile', async () => {
    composer.write('one');
    composer.submit(null);
    composer.write('two');
    await room.sent[0]?.fail('rejected');
    expect(composer.text.get()).toBe('two');
  });

  it('replaces the row of a failed attempt by the next one', () => {
    composer.write('again');
    composer.submit(null);
    const [first] = room.sent;
    if (first === undefined) throw new Error('nothing was sent');
    const { key, text, createdAt } = first.message;
    room.rows = [
      { key, text, createdAt, status: 'failed', error: undefined, message: first.message },
    ];
    composer.write('again');
    composer.submit(null);
    expect(first.isDiscarded()).toBe(true);
    expect(room.sent).toHaveLength(2);
  });

  it('adds a mention with a space on both sides', () => {
    composer.write('hey');
    composer.mention('小明');
    expect(composer.text.get()).toBe('hey @小明 ');
  });
});
