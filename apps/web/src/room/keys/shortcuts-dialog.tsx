'use client';

import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { Dialog } from '../../ui/dialog';
import { useValue } from '../use-value';
import { ValueStore } from '../value-store';
import { shortcutOf, SHORTCUTS } from './shortcuts';

const isOpen = new ValueStore(false);

export function openShortcuts(): void {
  isOpen.set(true);
}

/** The list of keys; `?` opens it. */
export function ShortcutsDialog() {
  const t = useTranslations('room.keys');
  const open = useValue(isOpen);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (shortcutOf(event) === 'help') openShortcuts();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
      isOpen.set(false);
    };
  }, []);
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        isOpen.set(next);
      }}
      title={t('title')}
      description={t('hint')}
      size="sm"
    >
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-3">
        {SHORTCUTS.map(({ action, keys }) => (
          <div key={action} className="contents">
            <dt className="text-base text-ink">{t(`actions.${action}`)}</dt>
            <dd className="flex justify-end gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-7 rounded-sm border border-edge bg-sunken px-2 py-1 text-center font-mono text-xs text-ink"
                >
                  {key === 'Space' ? t('space') : key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
