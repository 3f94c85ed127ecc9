'use client';

import { CloudOff, LogIn, RefreshCw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState, type ReactNode } from 'react';
import { useSignIn } from '../../session/session';
import { Button } from '../../ui/button';
import { Spinner } from '../../ui/spinner';
import { useRoom } from '../room-context';
import { useSecondsUntil } from '../use-seconds-until';
import { useValue } from '../use-value';

/** A connection that is there after so long was never missed. */
const QUIET_MS = 1200;

/** The state of the connection, said where the messages would come; nothing while all is well. */
export function ConnectionBar() {
  const t = useTranslations('room.connection');
  const { session } = useRoom();
  const { requireUser } = useSignIn();
  const connection = useValue(session.connection);
  const roomState = useValue(session.roomState);
  const seconds = useSecondsUntil(connection.status === 'waiting' ? connection.retryAt : null);
  const isSlow = useLasts(connection.status === 'connecting' || connection.status === 'idle');
  const hasEnded = useValue(session.hasEnded);

  if (hasEnded && (connection.status === 'open' || connection.status === 'closed')) {
    return (
      <Bar
        icon={<LogIn size={16} aria-hidden />}
        action={
          <Button
            size="sm"
            onClick={() => {
              void requireUser({ reason: 'chat', view: 'sign-in' });
            }}
          >
            {t('signIn')}
          </Button>
        }
      >
        {t('sessionEnded')}
      </Bar>
    );
  }
  switch (connection.status) {
    case 'open':
      if (roomState.status !== 'refused') return null;
      return (
        <Bar icon={<CloudOff size={16} aria-hidden />}>{t(refusalKey(roomState.error.code))}</Bar>
      );
    case 'idle':
    case 'connecting':
      if (!isSlow) return null;
      return <Bar icon={<Spinner />}>{t('connecting')}</Bar>;
    case 'waiting':
      return (
        <Bar
          icon={<CloudOff size={16} aria-hidden />}
          action={
            <Button
              size="sm"
              variant="ghost"
              icon={<RefreshCw size={16} aria-hidden />}
              onClick={() => {
                session.retryNow();
              }}
            >
              {t('retryNow')}
            </Button>
          }
        >
          {t('waiting', { seconds: seconds ?? 0 })}
        </Bar>
      );
    case 'closed':
      if (connection.reason === 'closed-by-app') return null;
      return (
        <Bar
          icon={<CloudOff size={16} aria-hidden />}
          action={
            connection.reason === 'banned' ? undefined : (
              <Button
                size="sm"
                variant="ghost"
                onClick={() => {
                  session.reconnect();
                }}
              >
                {t('retryNow')}
              </Button>
            )
          }
        >
          {connection.reason === 'banned'
            ? t('banned')
            : t('closed', { reason: connection.reason })}
        </Bar>
      );
  }
}

function refusalKey(code: string): 'gone' | 'forbidden' | 'banned' | 'refused' {
  switch (code) {
    case 'not_found':
      return 'gone';
    case 'forbidden':
      return 'forbidden';
    case 'banned':
      return 'banned';
    default:
      return 'refused';
  }
}

function Bar(props: { icon: ReactNode; children: ReactNode; action?: ReactNode }) {
  return (
    <div
      role="status"
      className="flex min-h-10 items-center gap-2 border-b border-hair bg-sunken px-4 py-1 text-sm text-muted"
    >
      {props.icon}
      <span className="tabular flex-1">{props.children}</span>
      {props.action}
    </div>
  );
}

/** Whether something has been so for a while. */
function useLasts(is: boolean): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!is) return;
    const timer = setTimeout(() => {
      setLasts(true);
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      setLasts(false);
    };
  }, [is]);
  return is && lasts;
}
