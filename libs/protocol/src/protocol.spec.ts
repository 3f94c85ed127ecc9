import {
  CLOSE_CODES,
  ERROR_CODES,
  Entry,
  LIMITS,
  REPLIES,
  REQUESTS,
  MessageText,
  SendRequest,
  ServerFrame,
  Slug,
  countChars,
} from './index';

describe('requests', () => {
  const send = { room: 'lobby', key: 'abcdefgh', text: 'hello' };

  it('takes the smallest and the largest key, and no other characters', () => {
    expect(SendRequest.safeParse(send).success).toBe(true);
    for (const key of ['abcdefg', 'a'.repeat(LIMITS.keyCharsMax + 1), 'abc defgh', 'äbcdefgh']) {
      expect(SendRequest.safeParse({ ...send, key }).success).toBe(false);
    }
  });

  it('keeps text in one line, without what turns the direction of the rest of a page', () => {
    expect(MessageText.parse('  a\u0000b\nc\u202Ed  ')).toBe('a b c d');
    expect(MessageText.parse('e\u0301')).toBe('é');
    expect(MessageText.parse('👨‍👩‍👧')).toBe('👨‍👩‍👧');
    expect(MessageText.safeParse(' \n ').success).toBe(false);
  });

  it('has something in it that is seen', () => {
    for (const text of ['\u200b', '\u2060\u200d\ufeff', '\u3164 \u2800', '\u00ad\ufe0f']) {
      expect(MessageText.safeParse(text).success).toBe(false);
      expect(MessageText.parse(`${text}.`)).toContain('.');
    }
  });

  it('has no towers of marks, and keeps as many as any script has', () => {
    expect(MessageText.parse(`H${'\u0310'.repeat(40)}i`)).toBe(`H${'\u0310'.repeat(6)}i`);
    for (const text of ['שִׁ֔', 'བསྒྲུབས', 'ก็่', 'ệ', 'क्ष्म्य', '❤️‍🔥']) {
      expect(MessageText.parse(text)).toBe(text.normalize('NFC'));
    }
  });

  it('repairs a lone surrogate: it could not be kept as UTF-8', () => {
    expect(MessageText.parse('a\ud800b').isWellFormed()).toBe(true);
  });

  it('counts what a person sees as one character once', () => {
    expect(countChars('弹幕🚀')).toBe(3);
  });

  it('has a style for danmaku, and nothing beside it', () => {
    const danmaku = { mode: 'scroll', color: '#ffffff', size: 'normal' };
    expect(SendRequest.safeParse({ ...send, danmaku }).success).toBe(true);
    for (const wrong of [
      { ...danmaku, color: 'red' },
      { ...danmaku, mode: 'left' },
      { ...danmaku, size: 3 },
      { ...danmaku, more: 1 },
    ]) {
      expect(SendRequest.safeParse({ ...send, danmaku: wrong }).success).toBe(false);
    }
  });

  it('pages in one direction at a time', () => {
    const page = { room: 'lobby', before: 3, after: 1, limit: 10 };
    expect(REQUESTS.history.safeParse(page).success).toBe(false);
    expect(REQUESTS.history.safeParse({ ...page, limit: LIMITS.historyPage + 1 }).success).toBe(
      false,
    );
    expect(REQUESTS.history.parse({ room: 'lobby' }).limit).toBe(50);
  });

  it('names rooms so that they fit an address', () => {
    for (const slug of ['a', 'late-night-radio', '~0a1b2c']) {
      expect(Slug.safeParse(slug).success).toBe(true);
    }
    for (const slug of ['', 'A', '-a', 'a-', 'a/b', 'a'.repeat(LIMITS.slugCharsMax + 1)]) {
      expect(Slug.safeParse(slug).success).toBe(false);
    }
  });

  it('has a reply for each request', () => {
    expect(Object.keys(REPLIES).sort()).toEqual(Object.keys(REQUESTS).sort());
  });
});

describe('frames', () => {
  it('tells a message from what is left of one', () => {
    const message = { seq: 1, at: 2, kind: 'message', user: { id: 'u', name: 'n' } };
    expect(Entry.parse({ ...message, text: 'hi' })).toHaveProperty('text', 'hi');
    expect(Entry.parse({ ...message, withdrawn: true })).toHaveProperty('withdrawn', true);
    expect(Entry.safeParse(message).success).toBe(false);
  });

  it('has no frame beside those of the protocol', () => {
    expect(ServerFrame.safeParse({ event: 'shout', data: {} }).success).toBe(false);
    const error = { event: 'error', id: null, data: { code: 'invalid', message: 'no' } };
    expect(ServerFrame.safeParse(error).success).toBe(true);
    expect(ServerFrame.safeParse({ ...error, data: { ...error.data, code: 'oops' } }).success).toBe(
      false,
    );
  });
});

describe('tables', () => {
  it('gives each error an HTTP status of refusal', () => {
    for (const status of Object.values(ERROR_CODES)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
    }
  });

  it('gives each close code once', () => {
    const codes = Object.values(CLOSE_CODES).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
