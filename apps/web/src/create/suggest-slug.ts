import { LIMITS } from '@hubbub/protocol/tables';

/** Letters that Unicode does not decompose into a Latin letter and a mark. */
const SPELT_OUT: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  þ: 'th',
  ı: 'i',
};

/**
 * An address for a room from its title: "Café – Späti #3" → "cafe-spati-3". Where the title has no Latin letter or digit
 * (深夜电台) the fallback is the address.
 */
export function suggestSlug(title: string, fallback: string): string {
  const slug = title
    .toLowerCase()
    .replace(/[ßæœøłđþı]/g, (letter) => SPELT_OUT[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}+|['’]/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LIMITS.slugCharsMax)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? fallback : slug;
}

/** `deep-work` → `deep-work-2` → `deep-work-3`, within the longest address. */
export function nextSlug(slug: string): string {
  const match = /^(.*?)-(\d{1,4})$/.exec(slug);
  const stem = match?.[1] ?? slug;
  const suffix = `-${String(Number(match?.[2] ?? 1) + 1)}`;
  return stem.slice(0, LIMITS.slugCharsMax - suffix.length).replace(/-+$/, '') + suffix;
}

/** An address for a room whose title gives none: short, and read aloud without doubt. */
export function randomSlug(random: () => number = Math.random): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  let tail = '';
  for (let i = 0; i < 5; i++) tail += letters.charAt(Math.floor(random() * letters.length));
  return `room-${tail}`;
}

/** The wire's rule for an address (PROTOCOL.md), without its schema. */
export function isSlug(slug: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(slug) && slug.length <= LIMITS.slugCharsMax;
}
