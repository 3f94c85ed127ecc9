import fc from 'fast-check';
import { contrast, outlineFor, parseCanvasColor } from './contrast';
import { oneLine } from './one-line';

describe('the text of a bullet', () => {
  it('is one line without what cannot be seen', () => {
    expect(oneLine('  a\n\tb\u202e c\u0007 ')).toBe('a b c');
    expect(oneLine(' \n ')).toBe('');
    expect(oneLine('👨‍👩‍👧‍👦 家')).toBe('👨‍👩‍👧‍👦 家');
  });

  it('is cut after 100 characters, never within an emoji', () => {
    expect(oneLine('弹'.repeat(101))).toBe(`${'弹'.repeat(100)}…`);
    expect(oneLine('👨‍👩‍👧‍👦'.repeat(150))).toBe(`${'👨‍👩‍👧‍👦'.repeat(100)}…`);
    expect(oneLine('👨‍👩‍👧‍👦'.repeat(100))).toBe('👨‍👩‍👧‍👦'.repeat(100));
  });

  it('takes any string, and a second time changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(oneLine(oneLine(text))).toBe(oneLine(text));
      }),
    );
  });
});

describe('the outline', () => {
  it('has a contrast of 4.5 to 1 and more with any colour', () => {
    const channel = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(channel, channel, channel), (color) => {
        const outline = parseCanvasColor(outlineFor(color));
        expect(contrast(color, outline)).toBeGreaterThanOrEqual(4.5);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads colours as a canvas gives them back', () => {
    expect(parseCanvasColor('#ff8000')).toEqual([255, 128, 0]);
    expect(parseCanvasColor('rgba(1, 2, 3, 0.5)')).toEqual([1, 2, 3]);
  });
});
