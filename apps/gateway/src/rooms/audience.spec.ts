import fc from 'fast-check';
import { encodeBody, entryJson } from '../store/entry-json';
import { audienceOf, keysOf } from './audience';

const nothing = () => undefined;
const message = (fields: object, user: object = {}) =>
  JSON.stringify({ seq: 9, at: 1, kind: 'message', user: { id: 'ann', ...user }, ...fields });

/** Whether a text calls somebody, found the other way: from the name. The web app's list marks the same. */
function isMentioned(text: string, name: string, from = 0): boolean {
  const wanted = `@${name}`.toLowerCase();
  const index = text.toLowerCase().indexOf(wanted, from);
  if (index < 0) return false;
  const next = text.slice(index + wanted.length);
  const isWithin = /^[a-z0-9_]/i.test(next) && /[a-z0-9_]$/i.test(name);
  return !isWithin || isMentioned(text, name, index + 1);
}

function isCalled(text: string, name: string): boolean {
  const [, key = ''] = keysOf({ id: 'u', name, role: 'user' }) ?? [];
  return audienceOf(message({ text }), nothing).keys.includes(key);
}

describe('audience', () => {
  it('is everybody for what is no message, and for those who keep order', () => {
    for (const kind of ['delete', 'mute', 'unmute', 'clear', 'room', 'pin', 'gift', 'new']) {
      expect(audienceOf(JSON.stringify({ seq: 1, kind }), nothing).isForAll).toBe(true);
    }
    for (const role of ['owner', 'moderator', 'admin']) {
      expect(audienceOf(message({ text: 'a' }, { role }), nothing).isForAll).toBe(true);
    }
    expect(audienceOf(message({ text: 'a' }, { role: 'bot' }), nothing).isForAll).toBe(false);
    expect(audienceOf(message({ text: 'a' }), nothing).isForAll).toBe(false);
  });

  it('is the sender, and whose message is answered', () => {
    const earlier = new Map([
      [3, JSON.stringify({ seq: 3, kind: 'message', user: { id: 'bob' }, withdrawn: true })],
      [4, JSON.stringify({ seq: 4, kind: 'gift', user: { id: 'eve' } })],
    ]);
    const keys = (replyTo?: number) =>
      audienceOf(message({ text: 'yes', replyTo }), (seq) => earlier.get(seq)).keys;
    expect(keys()).toEqual(['ann']);
    expect(keys(3)).toEqual(['ann', 'bob']);
    expect(keys(4)).toEqual(['ann']);
    expect(keys(5)).toEqual(['ann']);
    expect(audienceOf(message({ withdrawn: true }), nothing).keys).toEqual(['ann']);
  });

  it.each([
    ['@ann hello', 'Ann', true],
    ['hello @ANN', 'ann', true],
    ['@anna', 'ann', false],
    ['@anna @ann', 'ann', true],
    ['@ann-lee', 'ann', true],
    ['@小明你好', '小明', true],
    ['@ann你好', 'ann', true],
    ['say @big bird!', 'Big Bird', true],
    ['ann', 'ann', false],
    ['a@@ann', 'ann', true],
  ])('is whoever is called by name: %s, %s', (text, name, is) => {
    expect(isCalled(text, name)).toBe(is);
  });

  it('is whoever the list marks as called', () => {
    const letters = fc.constantFrom('a', 'N', '_', '9', '@', ' ', '小', '-', '🚀', 'é');
    const text = fc.array(letters, { maxLength: 30 }).map((parts) => parts.join(''));
    const name = fc.array(letters, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, name, (said, who) => {
        fc.pre(said.split('@').length <= 20);
        expect(isCalled(said, who)).toBe(isMentioned(said, who));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the same for a message as it is kept and as others would write it', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 12 });
    const said = fc.oneof(
      part,
      part.map((text) => `${text}@ann ${text}`),
      fc.constantFrom('"', '\\', 'a"},"text":"@ann', '","replyTo":3}', '\u2028', '\\u0040ann'),
    );
    const role = fc.constantFrom(undefined, 'owner', 'moderator', 'admin', 'bot');
    const entry = fc.record({
      user: fc.record({ id: fc.stringMatching(/^[\w-]{1,24}$/), name: said, role }),
      text: said,
      danmaku: fc.option(fc.record({ mode: said, color: said }), { nil: undefined }),
      replyTo: fc.constantFrom(undefined, undefined, 3),
    });
    const answered = () => JSON.stringify({ seq: 3, kind: 'message', user: { id: 'bob' } });
    fc.assert(
      fc.property(entry, ({ user: { id, name, role }, text, danmaku, replyTo }) => {
        const user = { id, name, role };
        const kept = entryJson(9, 1, encodeBody('message', { user, text, danmaku, replyTo }));
        expect(audienceOf(kept, answered)).toEqual(audienceOf(` ${kept}`, answered));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is told without parsing where a message calls nobody and answers nothing', () => {
    const parse = jest.spyOn(JSON, 'parse');
    const isParsed = (fields: object) => {
      const user = { id: 'ann', name: 'Ann 小明' };
      const kept = entryJson(9, 1, encodeBody('message', { user, text: '你好 hello', ...fields }));
      parse.mockClear();
      audienceOf(kept, nothing);
      return parse.mock.calls.some(([text]) => text === kept);
    };
    const danmaku = { mode: 'scroll', color: '#ffffff', size: 'medium' };
    try {
      expect(isParsed({})).toBe(false);
      expect(isParsed({ danmaku })).toBe(false);
      expect(isParsed({ danmaku, replyTo: 3 })).toBe(true);
      expect(isParsed({ text: 'hello @bob' })).toBe(true);
    } finally {
      parse.mockRestore();
    }
  });

  it('is nobody for an anonymous viewer', () => {
    expect(keysOf(null)).toBeNull();
  });

  it('G10: costs little for a text of nothing but calls', () => {
    const { keys } = audienceOf(message({ text: '@'.repeat(200) }), nothing);
    expect(keys.length).toBeLessThan(1_000);
  });
});
