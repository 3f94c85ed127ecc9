'use client';

import { Moon } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { RoomCover } from '../../ui/room-cover';
import { useOwns, useRoom } from '../room-context';
import { useValue } from '../use-value';

/** What a room that is off air shows in place of a picture. */
export function OffAir() {
  const t = useTranslations('room.offAir');
  const { session } = useRoom();
  const { slug, title } = useValue(session.description);
  const owns = useOwns();
  return (
    <div className="absolute inset-0">
      <RoomCover slug={slug} title={title} asleep />
      <div className="absolute inset-0 grid place-items-center bg-scrim">
        <div className="flex flex-col items-center px-6 text-center text-ink">
          <Moon size={32} aria-hidden className="mb-3 text-muted" />
          <p className="text-xl font-semibold">{t('title')}</p>
          <p className="mt-1 text-base text-muted">{owns ? t('owner') : t('text')}</p>
        </div>
      </div>
    </div>
  );
}
