'use client';

import type { HubbubErrorCode } from '@hubbub/client';
import { useTranslations } from 'next-intl';
import { useCallback } from 'react';

type Text = ReturnType<typeof useTranslations<'room.refusals'>>;

function say(t: Text, code: HubbubErrorCode, seconds: number | null): string {
  switch (code) {
    case 'muted':
    case 'slow_mode':
    case 'rate_limited':
    case 'unavailable':
      return seconds === null ? t(`${code}.plain`) : t(`${code}.counted`, { time: clock(seconds) });
    case 'too_long':
    case 'rejected':
    case 'forbidden':
    case 'banned':
    case 'unauthenticated':
    case 'not_found':
    case 'outbox_full':
    case 'other_user':
    case 'timeout':
    case 'disconnected':
      return t(code);
    case 'bad_frame':
    case 'unknown_event':
    case 'invalid':
    case 'conflict':
      return t('invalid');
    case 'not_joined':
    case 'too_many_rooms':
    case 'internal':
    case 'closed':
    case 'discarded':
      return t('other');
  }
}

/** 59 s, 9:59, 1:00:00. */
function clock(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)}:${two(seconds % 60)}`;
  return `${String(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Why a message was not taken, and in how many seconds it may be, in a sentence. */
export function useRefusalText(): (code: HubbubErrorCode, seconds: number | null) => string {
  const t = useTranslations('room.refusals');
  return useCallback((code, seconds) => say(t, code, seconds), [t]);
}
