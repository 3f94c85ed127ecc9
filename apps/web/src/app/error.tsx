'use client';

import { useTranslations } from 'next-intl';
import { QuietArt } from '../lobby/quiet-art';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';

/** A page that threw. The header above it still works. */
export default function PageError(props: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  const t = useTranslations('shell');
  const { digest } = props.error;
  return (
    <main id="main" tabIndex={-1} className="flex flex-1 items-center outline-none">
      <div role="alert" className="w-full">
        <EmptyState
          heading="h1"
          art={<QuietArt />}
          title={t('crash.title')}
          action={
            <Button variant="primary" size="lg" onClick={props.reset}>
              {t('common.retry')}
            </Button>
          }
        >
          <p>{t('crash.text')}</p>
          {digest !== undefined && (
            <p className="mt-2 text-sm text-faint">{t('crash.code', { digest })}</p>
          )}
        </EmptyState>
      </div>
    </main>
  );
}
