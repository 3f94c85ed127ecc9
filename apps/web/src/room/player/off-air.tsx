'use client';

import { Moon, Radio } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../../ui/button';
import { RoomCover } from '../../ui/room-cover';
import { useChangeRoom } from '../manage/use-change-room';
import { useOwns, useRoom } from '../room-context';
import { useValue } from '../use-value';

/** What a room that is off air shows in place of a picture. */
export function OffAir() {
  const t = useTranslations('room.offAir');
  const { session } = useRoom();
  const { slug, title } = useValue(session.description);
  const owns = useOwns();
  const { change, busy, problem } = useChangeRoom();
  return (
    <div className="absolute inset-0">
      <RoomCover slug={slug} title={title} asleep />
      <div className="absolute inset-0 grid place-items-center bg-scrim">
        <div className="flex flex-col items-center px-6 text-center text-ink">
          <Moon size={32} aria-hidden className="mb-3 text-muted" />
          <p className="text-xl font-semibold">{t('title')}</p>
          <p className="mt-1 text-base text-muted">{owns ? t('owner') : t('text')}</p>
          {owns && (
            <Button
              variant="primary"
              className="mt-4"
              icon={<Radio size={20} aria-hidden />}
              loading={busy === 'state'}
              onClick={() => {
                void change('state', { state: 'live' });
              }}
            >
              {t('goLive')}
            </Button>
          )}
          {problem !== null && (
            <p role="alert" className="mt-2 text-sm text-danger">
              {problem.text}
            </p>
          )}
        </div>
      </div>
    </div>
  );
}
