/** Characters that programs stumble over: controls, surrogates, marks, directions, wide ones, and what ends strings. */
const ODD = [
  '\u0000',
  '\n',
  '\u001b',
  '\ud800',
  '\udc00',
  '\u0301',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '"',
  '\\',
  "'",
  '<',
  '&',
  '%00',
];
const WIDE = ['弹', '幕', 'é', 'ß', '🚀', '👨‍👩‍👧', '🇩🇪', 'ﷺ'];

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  isTrue(): boolean {
    return this.next() < 0.5;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }

  text(length: number): string {
    return Array.from({ length }, () => this.character()).join('');
  }

  private character(): string {
    const dice = this.below(100);
    if (dice < 80) return String.fromCharCode(32 + this.below(95));
    return dice < 92 ? this.one(WIDE) : this.one(ODD);
  }
}
