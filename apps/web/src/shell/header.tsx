'use client';

import { Languages, Moon, MonitorSmartphone, Plus, Sun, UserRound } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { LANG, LOCALE_COOKIE, LOCALE_NAMES, LOCALES, type Locale } from '../i18n/locales';
import { useSession, useSignIn } from '../session/session';
import { applyTheme, keepInCookie, THEMES, type Theme } from '../theme/theme';
import { Button } from '../ui/button';
import { buttonClasses } from '../ui/button-classes';
import { cx } from '../ui/cx';
import { IconButton } from '../ui/icon-button';
import { Menu, MenuRadioGroup } from '../ui/menu';
import { AccountMenu } from './account-menu';
import { LogoMark, Wordmark } from './logo';

const THEME_ICONS = { system: MonitorSmartphone, dark: Moon, light: Sun };

export function Header(props: { initialTheme: Theme }) {
  const t = useTranslations('shell.header');
  const { user } = useSession();
  const { requireUser } = useSignIn();
  return (
    <header className="sticky top-0 z-20 h-(--header-height) border-b border-hair bg-canvas">
      <div className="flex h-full w-full items-center gap-1 px-4 md:px-8">
        <Link
          href="/"
          aria-label={t('home')}
          className="-ml-1 inline-flex h-10 items-center gap-2.5 rounded-md px-1 text-ink"
        >
          <LogoMark className="size-7" />
          <Wordmark className="h-[1.375rem]" />
        </Link>
        <nav aria-label={t('site')} className="ml-auto flex items-center gap-1">
          <LanguageMenu />
          <ThemeMenu initialTheme={props.initialTheme} />
          <Link
            href="/create"
            aria-label={t('create')}
            className={cx(buttonClasses('secondary'), 'ml-1 max-sm:size-10 max-sm:px-0')}
          >
            <Plus size={20} aria-hidden className="sm:-ml-1" />
            <span className="max-sm:hidden">{t('create')}</span>
          </Link>
          {user === null ? (
            <Button
              variant="primary"
              className="ml-1 max-sm:px-3"
              onClick={() => {
                void requireUser();
              }}
            >
              <UserRound size={18} aria-hidden className="-ml-1 max-sm:hidden" />
              {t('signIn')}
            </Button>
          ) : (
            <AccountMenu user={user} />
          )}
        </nav>
      </div>
    </header>
  );
}

function LanguageMenu() {
  const t = useTranslations('shell.header');
  const locale = useLocale();
  const router = useRouter();
  return (
    <Menu
      className="min-w-44"
      trigger={
        <IconButton
          label={t('language')}
          tooltip={false}
          icon={<Languages size={20} aria-hidden />}
        />
      }
    >
      <MenuRadioGroup<Locale>
        label={t('language')}
        value={locale}
        options={LOCALES.map((one) => ({
          value: one,
          label: LOCALE_NAMES[one],
          lang: LANG[one],
        }))}
        onChange={(chosen) => {
          keepInCookie(LOCALE_COOKIE, chosen);
          router.refresh();
        }}
      />
    </Menu>
  );
}

function ThemeMenu(props: { initialTheme: Theme }) {
  const t = useTranslations('shell.header');
  const [theme, setTheme] = useState(props.initialTheme);
  const Icon = THEME_ICONS[theme];
  return (
    <Menu
      className="min-w-48"
      trigger={
        <IconButton label={t('theme')} tooltip={false} icon={<Icon size={20} aria-hidden />} />
      }
    >
      <MenuRadioGroup<Theme>
        label={t('theme')}
        value={theme}
        options={THEMES.map((one) => {
          const OptionIcon = THEME_ICONS[one];
          return { value: one, label: t(`themes.${one}`), icon: <OptionIcon size={16} /> };
        })}
        onChange={(chosen) => {
          applyTheme(chosen);
          setTheme(chosen);
        }}
      />
    </Menu>
  );
}
