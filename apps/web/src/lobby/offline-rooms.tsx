'use client';

import type { RoomSummary } from '@hubbub/protocol';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { RoomCover } from '../ui/room-cover';

/** Rooms whose picture is off: a quiet list, for their chat is still open. */
export function OfflineRooms(props: { rooms: RoomSummary[]; more: ReactNode }) {
  const t = useTranslations('shell.lobby');
  return (
    <section aria-labelledby="offline-rooms" className="mt-12 sm:mt-16">
      <div className="mb-4 flex flex-wrap items-baseline gap-x-3 border-t border-hair pt-8">
        <h2 id="offline-rooms" className="text-xl">
          {t('offlineTitle')}
        </h2>
        <p className="text-base text-muted">{t('offlineHint')}</p>
      </div>
      <ul className="-mx-2 grid gap-x-3 gap-y-1 sm:grid-cols-2 xl:grid-cols-3">
        {props.rooms.map((room) => (
          <li key={room.slug} className="min-w-0">
            <Link
              href={`/r/${room.slug}`}
              prefetch={false}
              className="group flex items-center gap-3 rounded-lg p-2 transition-colors duration-(--duration-fast) hover:bg-hover"
            >
              <span className="relative h-14 w-24 shrink-0 overflow-hidden rounded-md">
                <RoomCover slug={room.slug} title={room.title} asleep />
              </span>
              <span className="min-w-0 flex-1">
                <span className="block truncate text-base font-semibold text-ink">
                  {room.title}
                </span>
                <span className="block truncate text-sm text-muted">
                  {room.owner?.name ?? t('nobody')}
                  {room.viewers > 0 && ` · ${t('viewers', { count: room.viewers })}`}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {props.more}
    </section>
  );
}
