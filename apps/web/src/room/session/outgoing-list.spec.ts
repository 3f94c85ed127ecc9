import type { OutgoingMessage, OutgoingStatus } from '@hubbub/client';
import type { MessageEntry } from '@hubbub/protocol';
import { OutgoingList } from './outgoing-list';

const written = (
  key: string,
  status: OutgoingStatus,
  more: { text?: string; seq?: number } = {},
): OutgoingMessage => ({
  room: 'room',
  key,
  text: 'hello',
  createdAt: 1,
  status,
  done: new Promise(() => undefined),
  retry: () => undefined,
  discard: () => false,
  ...more,
});

const entry = (seq: number, text = 'hello'): MessageEntry => ({
  seq,
  at: 2,
  kind: 'message',
  user: { id: 'me', name: 'Me' },
  text,
});

describe('own messages on their way', () => {
  let list: OutgoingList;
  const shown = (): string[] => list.rows.get().map(({ key, status }) => `${key} ${status}`);
  beforeEach(() => {
    list = new OutgoingList();
  });

  it('are shown from the first moment until their entry is in the list', () => {
    list.update([written('one', 'sending')]);
    expect(shown()).toEqual(['one sending']);
    list.update([], written('one', 'sent', { seq: 7 }));
    expect(shown()).toEqual(['one sent']);
    expect(list.claim(entry(7))).toBe('one');
    expect(shown()).toEqual([]);
  });

  it('are shown once where the entry comes before the acknowledgement', () => {
    list.update([written('one', 'sending')]);
    expect(list.claim(entry(7))).toBe('one');
    expect(shown()).toEqual([]);
    list.update([], written('one', 'sent', { seq: 7 }));
    expect(shown()).toEqual([]);
  });

  it('are told apart where two say the same', () => {
    list.update([written('one', 'sending'), written('two', 'sending')]);
    expect(list.claim(entry(7))).toBe('one');
    expect(list.claim(entry(8))).toBe('two');
    expect(list.claim(entry(9))).toBeUndefined();
  });

  it('are not taken for what was written elsewhere', () => {
    list.update([written('one', 'sending')]);
    expect(list.claim(entry(7, 'from my phone'))).toBeUndefined();
    expect(shown()).toEqual(['one sending']);
  });

  it('are not shown any more once the log is past them, where a gap stands for their entry', () => {
    list.update([], written('one', 'sent', { seq: 7 }));
    list.passed(6);
    expect(shown()).toEqual(['one sent']);
    list.passed(9);
    expect(shown()).toEqual([]);
  });

  it('stay with the failure, and go when discarded', () => {
    const failed = written('one', 'failed');
    list.update([failed], failed);
    expect(shown()).toEqual(['one failed']);
    list.update([], failed);
    expect(shown()).toEqual([]);
  });
});
