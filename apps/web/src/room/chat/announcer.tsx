'use client';

import type { Entry, MessageEntry } from '@hubbub/protocol';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { useRoom } from '../room-context';
import { mentions } from './mentions';
import { isWithdrawn } from './rows';

const EVERY_MS = 5000;
/** That the room is too busy is said again after so long at the soonest. */
const BUSY_EVERY_MS = 120_000;

/**
 * Tells a screen reader what is said, at most once in five seconds: who called the reader, else the latest message and how
 * many there were; and that the room has become too busy to show it all. The list itself is silent, or a busy room would never stop talking.
 */
export function Announcer() {
  const t = useTranslations('room.chat');
  const { session } = useRoom();
  const [said, setSaid] = useState('');

  useEffect(() => {
    let latest: MessageEntry | null = null;
    let count = 0;
    let isBusySaid = true;
    let busyAt = Number.NEGATIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const note = (entry: Entry): void => {
      if (entry.kind !== 'message' || isWithdrawn(entry)) return;
      const me = session.user.get();
      if (me !== null && entry.user.id === me.id) return;
      count += 1;
      const callsMe = me !== null && mentions(entry.text, me.name);
      const wasCalled = me !== null && latest !== null && mentions(latest.text, me.name);
      if (callsMe || !wasCalled) latest = entry;
    };
    const say = (): void => {
      timer = undefined;
      if (latest === null) return;
      const { user, text } = latest;
      const news =
        count === 1
          ? t('says', { name: user.name, text })
          : t('saysMany', { count, name: user.name, text });
      setSaid(isBusySaid ? news : `${t('busy')} ${news}`);
      isBusySaid = true;
      latest = null;
      count = 0;
      timer = setTimeout(say, EVERY_MS);
    };
    const stop = session.onLive((entries) => {
      entries.forEach(note);
      timer ??= setTimeout(say, 300);
    });
    const stopFlow = session.flow.subscribe(() => {
      if (session.flow.get()?.perSecond !== null) return;
      if (performance.now() - busyAt < BUSY_EVERY_MS) return;
      busyAt = performance.now();
      isBusySaid = false;
    });
    return () => {
      stop();
      stopFlow();
      clearTimeout(timer);
    };
  }, [session, t]);

  return (
    <div role="status" aria-live="polite" className="sr-only">
      {said}
    </div>
  );
}
