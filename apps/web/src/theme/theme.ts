export const THEMES = ['system', 'dark', 'light'] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = 'hubbub_theme';

/** Live pictures look best in the dark, so that is what a first visit gets. */
const DEFAULT_THEME: Theme = 'dark';

/** The page's ground in each theme, for the browser's own bars. */
const GROUND = { dark: '#0d0c11', light: '#faf9f7' };

export function themeOf(cookie: string | undefined): Theme {
  return THEMES.find((theme) => theme === cookie) ?? DEFAULT_THEME;
}

/** What `<meta name="theme-color">` says, by media query where the system decides. */
export function groundsOf(theme: Theme): { color: string; media?: string }[] {
  if (theme !== 'system') return [{ color: GROUND[theme] }];
  return [
    { color: GROUND.dark, media: '(prefers-color-scheme: dark)' },
    { color: GROUND.light, media: '(prefers-color-scheme: light)' },
  ];
}

/** Shows the theme at once and keeps it in a cookie, from which the server writes the next page: it never flashes. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  keepInCookie(THEME_COOKIE, theme);
}

/** For a year, for the whole site. Preferences only: they are readable by scripts. */
export function keepInCookie(name: string, value: string): void {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax`;
}
