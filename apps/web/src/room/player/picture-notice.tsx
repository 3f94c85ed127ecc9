'use client';

import { Play, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../../ui/button';
import { Spinner } from '../../ui/spinner';
import { useSecondsUntil } from '../use-seconds-until';
import styles from './player.module.css';
import type { PictureStatus } from './stream-picture';

/** What stands between the viewer and the picture, said over the picture. */
export function PictureNotice(props: {
  status: PictureStatus;
  onPlay: () => void;
  onRetry: () => void;
}) {
  const { status } = props;
  const t = useTranslations('room.player');
  const seconds = useSecondsUntil(status.phase === 'failed' ? status.retryAt : null);
  switch (status.phase) {
    case 'playing':
      return null;
    case 'loading':
    case 'stalled':
      return (
        <div className={styles['notice']} role="status">
          <span className="inline-flex items-center gap-2 rounded-full bg-scrim px-4 py-2 text-sm text-ink">
            <Spinner />
            {t(status.phase)}
          </span>
        </div>
      );
    case 'paused':
      return (
        <div className={styles['notice']}>
          <button
            type="button"
            aria-label={t('play')}
            onClick={props.onPlay}
            className="inline-flex size-16 items-center justify-center rounded-full bg-scrim text-ink transition-[scale] duration-(--duration-fast) hover:scale-105"
          >
            <Play size={28} aria-hidden fill="currentColor" />
          </button>
        </div>
      );
    case 'failed':
      return (
        <div className={styles['notice']}>
          <div
            role="alert"
            data-danmaku-ignore
            className="mx-4 flex max-w-sm flex-col items-center gap-3 rounded-lg bg-raised/95 p-5 text-center text-ink"
          >
            <TriangleAlert size={24} aria-hidden className="text-danger" />
            <p className="text-base font-semibold">{t(`failed.${status.reason}`)}</p>
            <p className="text-sm text-muted">
              {seconds === null ? t('failed.hint') : t('failed.again', { seconds })}
            </p>
            <Button size="sm" onClick={props.onRetry}>
              {t('retry')}
            </Button>
          </div>
        </div>
      );
  }
}
