import { formatCount, formatCountInFull } from './format-count';

describe('a count for a glance', () => {
  it.each([
    [0, '0', '0'],
    [999, '999', '999'],
    [1_000, '1K', '1000'],
    [9_999, '9.9K', '9999'],
    [12_000, '12K', '1.2万'],
    [12_999, '12.9K', '1.2万'],
    [1_250_000, '1.2M', '125万'],
    [340_000_000, '340M', '3.4亿'],
  ])('%d is %s and %s', (count, en, zh) => {
    expect(formatCount(count, 'en')).toBe(en);
    expect(formatCount(count, 'zh')).toBe(zh);
  });

  it('is whole in full', () => {
    expect(formatCountInFull(12_345, 'en')).toBe('12,345');
  });
});
