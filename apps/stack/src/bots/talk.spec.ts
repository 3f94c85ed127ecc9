import { countChars, DanmakuStyle, LIMITS } from '@hubbub/protocol';
import { Repertoire, type Talk } from './talk';

const TALKS: Talk[] = ['tea', 'train', 'final', 'slow'];

test.each(TALKS)('%s: lines vary, and each is a message that a gateway takes', (talk) => {
  const repertoire = new Repertoire(talk);
  let last = '';
  for (let i = 0; i < 200; i++) {
    const line = repertoire.next();
    expect(line).not.toBe(last);
    expect(countChars(line)).toBeLessThanOrEqual(LIMITS.textChars);
    DanmakuStyle.parse(repertoire.danmaku());
    last = line;
  }
});
