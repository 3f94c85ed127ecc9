'use client';

import { CloudOff, DoorClosed, Lock } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { useSession, useSignIn } from '../session/session';
import { Button } from '../ui/button';
import { buttonClasses } from '../ui/button-classes';
import { EmptyState } from '../ui/empty-state';

const ICONS = { not_found: DoorClosed, forbidden: Lock, banned: Lock, away: CloudOff };
const ASK_AGAIN_MS = 4000;

/** A room that cannot be shown: not there or private, closed to the visitor, or out of reach for the moment. */
export function RoomAway(props: { reason: keyof typeof ICONS }) {
  const { reason } = props;
  const t = useTranslations('room.away');
  const router = useRouter();
  const { user } = useSession();
  const { requireUser } = useSignIn();
  const Icon = ICONS[reason];
  useEffect(() => {
    if (reason !== 'away') return;
    const timer = setInterval(() => {
      router.refresh();
    }, ASK_AGAIN_MS);
    return () => {
      clearInterval(timer);
    };
  }, [reason, router]);
  const mayHelp = user === null && reason !== 'away' && reason !== 'banned';
  return (
    <main id="main" tabIndex={-1} className="flex flex-1 items-center">
      <EmptyState
        art={<Icon size={48} strokeWidth={1.5} />}
        title={t(`${reason}.title`)}
        action={
          <span className="flex flex-wrap justify-center gap-2">
            {reason === 'away' && (
              <Button
                variant="primary"
                onClick={() => {
                  router.refresh();
                }}
              >
                {t('retry')}
              </Button>
            )}
            {mayHelp && (
              <Button
                variant="primary"
                onClick={() => {
                  // Signing in asks for the page again by itself.
                  void requireUser({ view: 'sign-in' });
                }}
              >
                {t('signIn')}
              </Button>
            )}
            <Link href="/" className={buttonClasses('secondary')}>
              {t('lobby')}
            </Link>
          </span>
        }
      >
        {t(`${reason}.text`)}
      </EmptyState>
    </main>
  );
}
