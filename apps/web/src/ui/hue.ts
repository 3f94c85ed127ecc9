/** A number that is always the same for one text (FNV-1a), to derive colours and shapes from. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** One of twelve hues, far enough apart to tell people and rooms from each other. */
export function hueOf(text: string): number {
  return (seedOf(text) % 12) * 30 + 12;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The first letter, character or emoji of a name as a person would see it, in upper case. */
export function firstGlyph(name: string): string {
  for (const { segment } of graphemes.segment(name.trim())) return segment.toLocaleUpperCase();
  return '·';
}
