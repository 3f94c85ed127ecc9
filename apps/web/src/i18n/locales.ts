export const LOCALES = ['en', 'zh'] as const;
export type Locale = (typeof LOCALES)[number];

export const LOCALE_COOKIE = 'hubbub_locale';

/** As a language is called by those who speak it. */
export const LOCALE_NAMES: Record<Locale, string> = { en: 'English', zh: '中文' };

/** What goes into `lang`: our Chinese is simplified. */
export const LANG: Record<Locale, string> = { en: 'en', zh: 'zh-Hans' };

function isLocale(value: string | undefined): value is Locale {
  return LOCALES.some((locale) => locale === value);
}

/** The visitor's choice, else the language they read best of those that we have (RFC 9110, Accept-Language), else English. */
export function pickLocale(chosen: string | undefined, acceptLanguage: string | null): Locale {
  if (isLocale(chosen)) return chosen;
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const quality = parameters.find((p) => p.trim().startsWith('q='));
      return {
        language: tag.toLowerCase().split('-')[0],
        q: quality === undefined ? 1 : Number(quality.trim().slice(2)),
      };
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q);
  for (const { language } of wanted) {
    if (isLocale(language)) return language;
  }
  return 'en';
}
