import { applyTheme, groundsOf, THEME_COOKIE, themeOf } from './theme';

describe('the theme', () => {
  it('is dark at first, and what was chosen after that', () => {
    expect(themeOf(undefined)).toBe('dark');
    expect(themeOf('light')).toBe('light');
    expect(themeOf('system')).toBe('system');
    expect(themeOf('pink')).toBe('dark');
  });

  it('is shown at once and kept for the next page', () => {
    applyTheme('light');
    expect(document.documentElement.dataset['theme']).toBe('light');
    expect(document.cookie).toContain(`${THEME_COOKIE}=light`);
    applyTheme('system');
    expect(document.documentElement.dataset['theme']).toBe('system');
    expect(document.cookie).toContain(`${THEME_COOKIE}=system`);
  });

  it('tells the browser its ground, by media query only where the system decides', () => {
    expect(groundsOf('dark')).toHaveLength(1);
    expect(groundsOf('system').map((ground) => ground.media)).toEqual([
      '(prefers-color-scheme: dark)',
      '(prefers-color-scheme: light)',
    ]);
  });
});
