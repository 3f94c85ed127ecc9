import { isSlug, nextSlug, randomSlug, suggestSlug } from './suggest-slug';

describe('the address suggested for a room', () => {
  it.each([
    ['Late Night Radio', 'late-night-radio'],
    ['  Café – Späti #3! ', 'cafe-spati-3'],
    ['Straße & Øre', 'strasse-ore'],
    ["Mika's kitchen", 'mikas-kitchen'],
    ['深夜 Radio 电台 7', 'radio-7'],
    ['ＦＵＬＬ width', 'full-width'],
  ])('%s → %s', (title, slug) => {
    expect(suggestSlug(title, 'room-x')).toBe(slug);
  });

  it.each(['深夜电台', '🎧🎧', '', '---'])('falls back where %s has nothing to spell', (title) => {
    expect(suggestSlug(title, 'room-k3v9p')).toBe('room-k3v9p');
  });

  it('is cut to the longest address and still ends in a letter', () => {
    const slug = suggestSlug(`${'a'.repeat(47)} bcd`, 'room-x');
    expect(slug).toBe('a'.repeat(47));
    expect(isSlug(slug)).toBe(true);
  });

  it('counts on where it is taken', () => {
    expect(nextSlug('deep-work')).toBe('deep-work-2');
    expect(nextSlug('deep-work-2')).toBe('deep-work-3');
    expect(nextSlug('a'.repeat(48))).toBe(`${'a'.repeat(46)}-2`);
  });

  it('is a valid address when drawn by lot', () => {
    expect(randomSlug(() => 0)).toBe('room-aaaaa');
    expect(isSlug(randomSlug())).toBe(true);
  });

  it.each(['-a', 'a-', 'A', 'a b', '~a', 'a'.repeat(49), ''])('refuses %s', (slug) => {
    expect(isSlug(slug)).toBe(false);
  });
});
