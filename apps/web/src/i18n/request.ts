import { cookies, headers } from 'next/headers';
import { getRequestConfig } from 'next-intl/server';
import { LOCALE_COOKIE, pickLocale, type Locale } from './locales';
import enRoom from '../../messages/en/room.json';
import enShell from '../../messages/en/shell.json';
import zhRoom from '../../messages/zh/room.json';
import zhShell from '../../messages/zh/shell.json';

/** One namespace for each file: `useTranslations('shell.lobby')`, `useTranslations('room.chat')`. */
const MESSAGES = {
  en: { shell: enShell, room: enRoom },
  zh: { shell: zhShell, room: zhRoom },
} satisfies Record<Locale, unknown>;

export default getRequestConfig(async () => {
  const locale = pickLocale(
    (await cookies()).get(LOCALE_COOKIE)?.value,
    (await headers()).get('accept-language'),
  );
  return { locale, messages: MESSAGES[locale], timeZone: 'UTC' };
});
