'use client';

import { useTranslations } from 'next-intl';
import { useRoom } from '../room-context';
import { useSecondsUntil } from '../use-seconds-until';
import { useValue } from '../use-value';
import { useRefusalText } from './refusal-text';

/** The line below the input: why it did not go out; else what is special now; else who is writing. */
export function Hint() {
  const t = useTranslations('room.composer');
  const { session, composer } = useRoom();
  const refusalText = useRefusalText();
  const refused = useValue(composer.refused);
  const { mutedUntil, role } = useValue(session.you);
  const { slowModeMs } = useValue(session.description);
  const connection = useValue(session.connection);
  const typing = useValue(session.typing);
  const user = useValue(session.user);
  const silentUntil = mutedUntil === null ? null : session.localTime(mutedUntil);
  const refusedSeconds = useSecondsUntil(refused?.until ?? null);
  const silentSeconds = useSecondsUntil(silentUntil) ?? 0;

  let text = '';
  let isRefusal = false;
  const isOver = refused?.until !== undefined && refused.until !== null && refusedSeconds === 0;
  if (silentSeconds > 0) {
    text = refusalText('muted', silentSeconds);
    isRefusal = true;
  } else if (refused !== null && !isOver) {
    text = refusalText(refused.code, refusedSeconds);
    isRefusal = true;
  } else if (connection.status === 'waiting' && user !== null) text = t('queues');
  else if (slowModeMs > 0 && role !== 'owner' && role !== 'moderator') {
    text = t('slowMode', { seconds: Math.round(slowModeMs / 1000) });
  } else if (typing.length === 1 && typing[0] !== undefined)
    text = t('typing', { name: typing[0] });
  else if (typing.length > 1) text = t('typingMany', { count: typing.length });

  return (
    <p
      id="composer-hint"
      // A countdown is read out once, at its beginning.
      aria-live={isRefusal && (refusedSeconds ?? silentSeconds) > 0 ? 'off' : 'polite'}
      className={`tabular truncate px-2 text-sm not-empty:pt-1 ${isRefusal ? 'text-danger' : 'text-faint'}`}
    >
      {text}
    </p>
  );
}
