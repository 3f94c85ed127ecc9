import { mentions, partsOf } from './mentions';

describe('mentions', () => {
  it.each([
    ['hi @Ann', 'Ann', true],
    ['hi @ann!', 'Ann', true],
    ['hi @anna', 'Ann', false],
    ['@anna and @ann', 'ann', true],
    ['@小明你好', '小明', true],
    ['@Ann Lee hello', 'Ann Lee', true],
    ['ann', 'ann', false],
  ])('%j calls %s: %s', (text, name, called) => {
    expect(mentions(text, name)).toBe(called);
  });

  it('cuts a text at everybody who is called, and marks the reader', () => {
    expect(partsOf('hey @bob and @小明你好', '小明')).toEqual([
      { text: 'hey ', kind: 'plain' },
      { text: '@bob', kind: 'mention' },
      { text: ' and ', kind: 'plain' },
      { text: '@小明', kind: 'me' },
      { text: '你好', kind: 'plain' },
    ]);
  });

  it('leaves a text without mentions whole', () => {
    expect(partsOf('a@ b', null)).toEqual([{ text: 'a@ b', kind: 'plain' }]);
  });
});
