'use client';

import { Gauge, Pause } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { formatCountInFull } from '../../i18n/format-count';
import { useRoom } from '../room-context';
import { useValue } from '../use-value';
import styles from './chat.module.css';

/**
 * Says of a room that is too busy to be shown whole how busy it is, and offers to stop: the left out can be loaded then. It lies
 * over the list, so that nothing moves when it comes and goes.
 */
export function FlowBadge(props: { onPause: () => void }) {
  const t = useTranslations('room.chat');
  const locale = useLocale();
  const { session } = useRoom();
  const flow = useValue(session.flow);
  if (flow === null) return null;
  const { perSecond, shownPerSecond } = flow;
  return (
    <div
      className={`pointer-events-none absolute inset-x-0 top-0 flex justify-center bg-linear-to-b from-surface from-60% px-2 pt-2 pb-4 ${styles['badge'] ?? ''}`}
    >
      <div className="pointer-events-auto inline-flex min-w-0 items-center gap-2 rounded-full border border-hair bg-raised pr-1 pl-3 text-sm text-muted">
        <Gauge size={16} aria-hidden className="shrink-0" />
        <span className="tabular truncate" title={t('flowHint')}>
          {perSecond === null
            ? t('flowing')
            : t('flow', {
                rate: formatCountInFull(perSecond, locale),
                shown: formatCountInFull(shownPerSecond, locale),
              })}
        </span>
        <button
          type="button"
          aria-label={t('pause')}
          title={t('pause')}
          onClick={props.onPause}
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-full text-ink hover:bg-hover"
        >
          <Pause size={16} aria-hidden />
        </button>
      </div>
    </div>
  );
}
