'use client';

import { useTranslations } from 'next-intl';
import { useCallback } from 'react';
import type { ApiError, ApiErrorCode } from './api-error';

type Text = ReturnType<typeof useTranslations<'shell.errors'>>;

function say(t: Text, code: ApiErrorCode, seconds: number): string {
  switch (code) {
    case 'network':
    case 'unauthenticated':
    case 'forbidden':
    case 'banned':
    case 'muted':
    case 'not_found':
    case 'conflict':
    case 'rejected':
    case 'too_long':
    case 'too_many_rooms':
    case 'invalid':
    case 'internal':
      return t(code);
    case 'unavailable':
    case 'rate_limited':
    case 'slow_mode':
      return t(code, { seconds });
    case 'bad_frame':
    case 'unknown_event':
      return t('invalid');
    case 'not_joined':
      return t('conflict');
  }
}

/** A sentence for any failure, in the page's language. */
export function useErrorText(): (error: Pick<ApiError, 'code' | 'retryAfterMs'>) => string {
  const t = useTranslations('shell.errors');
  return useCallback(
    (error) => say(t, error.code, Math.ceil((error.retryAfterMs ?? 0) / 1000)),
    [t],
  );
}
