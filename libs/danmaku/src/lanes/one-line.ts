const LONGEST = 100;
// Line breaks and tabs, other control characters, and the marks that would turn the rest of the line round.
const UNPRINTABLE = /[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text as a bullet shows it: one line, at most 100 characters, no half emoji; empty when nothing is left. */
export function oneLine(text: string): string {
  // 20 code units hold the longest emoji sequences; the cut keeps a 1 MB text from being segmented whole.
  const line = text
    .slice(0, LONGEST * 20)
    .replace(UNPRINTABLE, ' ')
    .trim();
  if (line.length <= LONGEST) return line;
  let kept = '';
  let count = 0;
  for (const { segment } of graphemes.segment(line)) {
    if (count === LONGEST) return `${kept.trimEnd()}…`;
    kept += segment;
    count += 1;
  }
  return kept;
}
