import type { Metadata, Viewport } from 'next';
import { cookies } from 'next/headers';
import { NextIntlClientProvider } from 'next-intl';
import { getLocale, getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { currentUser } from '../api/server';
import { LANG } from '../i18n/locales';
import { SessionProvider } from '../session/session';
import { Header } from '../shell/header';
import { groundsOf, THEME_COOKIE, themeOf, type Theme } from '../theme/theme';
import { ToastProvider } from '../ui/toast';
import './globals.css';

async function chosenTheme(): Promise<Theme> {
  return themeOf((await cookies()).get(THEME_COOKIE)?.value);
}

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('shell.meta');
  return {
    title: { default: t('title'), template: `%s · ${t('title')}` },
    description: t('description'),
    applicationName: t('title'),
  };
}

export async function generateViewport(): Promise<Viewport> {
  return {
    width: 'device-width',
    initialScale: 1,
    viewportFit: 'cover',
    interactiveWidget: 'resizes-content',
    themeColor: groundsOf(await chosenTheme()),
  };
}

export default async function RootLayout(props: { children: ReactNode }) {
  const [theme, locale, user, t] = await Promise.all([
    chosenTheme(),
    getLocale(),
    currentUser(),
    getTranslations('shell.common'),
  ]);
  return (
    <html lang={LANG[locale]} data-theme={theme}>
      <body>
        <NextIntlClientProvider>
          <ToastProvider>
            <SessionProvider initialUser={user}>
              <div className="app">
                <a
                  href="#main"
                  className="sr-only rounded-md bg-accent font-semibold text-on-accent focus:not-sr-only focus:fixed focus:px-4 focus:py-2 focus:top-2 focus:left-2 focus:z-30"
                >
                  {t('skip')}
                </a>
                <Header initialTheme={theme} />
                {props.children}
              </div>
            </SessionProvider>
          </ToastProvider>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}
