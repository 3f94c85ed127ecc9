'use client';

import { Heart } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { formatCount } from '../../i18n/format-count';
import { IconButton } from '../../ui/icon-button';
import { useSignIn } from '../../session/session';
import { useRoom } from '../room-context';
import { useValue } from '../use-value';
import styles from './like-button.module.css';

const HEARTS_MOST = 12;
const HEART_MS = 1600;
const HUES = [8, 350, 330, 25, 45];

interface FloatingHeart {
  id: number;
  drift: number;
  hue: number;
}

/** Likes are of the moment: each one rises as a heart, the own ones and those of others. */
export function LikeButton() {
  const t = useTranslations('room.info');
  const locale = useLocale();
  const { session } = useRoom();
  const { requireUser } = useSignIn();
  const likes = useValue(session.likes.total);
  const hearts = useHearts(likes);
  return (
    <span className="relative inline-flex items-center">
      <span aria-hidden className={styles['hearts']}>
        {hearts.map(({ id, drift, hue }) => (
          <Heart
            key={id}
            size={20}
            fill="currentColor"
            className={styles['heart']}
            style={{
              color: `oklch(0.68 0.2 ${String(hue)})`,
              ['--drift' as string]: `${String(drift)}px`,
            }}
          />
        ))}
      </span>
      <IconButton
        label={t('like')}
        icon={<Heart size={20} aria-hidden fill={likes > 0 ? 'currentColor' : 'none'} />}
        className={likes > 0 ? 'text-danger' : ''}
        onClick={() => {
          void requireUser({ reason: 'chat', view: 'guest' }).then((user) => {
            if (user !== null) session.like();
          });
        }}
      />
      {likes > 0 && (
        <span className="tabular pr-1 text-sm text-muted">
          <span className="sr-only">{t('likes', { count: likes })}</span>
          <span aria-hidden>{formatCount(likes, locale)}</span>
        </span>
      )}
    </span>
  );
}

function useHearts(likes: number): readonly FloatingHeart[] {
  const [hearts, setHearts] = useState<readonly FloatingHeart[]>([]);
  const seen = useRef(likes);
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  useEffect(() => {
    const count = Math.min(HEARTS_MOST, likes - seen.current);
    const first = seen.current;
    seen.current = likes;
    if (count <= 0 || document.hidden) return;
    const born = Array.from({ length: count }, (_, index) => ({
      id: first + index,
      drift: Math.round(Math.random() * 48 - 24),
      hue: HUES[(first + index) % HUES.length] ?? 8,
    }));
    setHearts((flying) => [...flying, ...born].slice(-HEARTS_MOST * 2));
    const last = first + count;
    const timer = setTimeout(() => {
      timers.current.delete(timer);
      setHearts((flying) => flying.filter(({ id }) => id >= last || id < first));
    }, HEART_MS);
    timers.current.add(timer);
  }, [likes]);
  useEffect(() => {
    const pending = timers.current;
    return () => {
      pending.forEach(clearTimeout);
    };
  }, []);
  return hearts;
}
