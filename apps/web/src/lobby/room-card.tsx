'use client';

import type { RoomSummary } from '@hubbub/protocol';
import { Eye } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { AnimatedCount } from '../ui/animated-count';
import { Avatar } from '../ui/avatar';
import { Badge } from '../ui/badge';
import { cx } from '../ui/cx';
import { LiveBadge } from '../ui/live-badge';
import { RoomCover } from '../ui/room-cover';
import { RoomPeek, usePeek } from './room-peek';

/** How a room looks in the lobby, without the link around it. */
export function RoomCardFace(props: {
  slug: string;
  title: string;
  owner: { id: string; name: string } | null;
  state: RoomSummary['state'];
  viewers?: number | undefined;
  featured?: boolean | undefined;
  /** Over the cover. */
  children?: ReactNode;
}) {
  const t = useTranslations('shell.lobby');
  return (
    <>
      <span
        data-theme="dark"
        className={cx(
          'relative block aspect-video overflow-hidden rounded-lg text-white outline-offset-3 group-focus-visible:outline-2 group-focus-visible:outline-focus',
          props.featured === true && 'lg:aspect-auto lg:flex-1',
        )}
      >
        <RoomCover slug={props.slug} title={props.title} asleep={props.state === 'offline'} />
        {props.children}
        <span className="absolute top-2 left-2">
          {props.state === 'live' ? (
            <LiveBadge />
          ) : (
            <Badge className="bg-black/60! text-white!">{t('offline')}</Badge>
          )}
        </span>
        {props.viewers !== undefined && (
          <span className="absolute right-2 bottom-2 inline-flex h-5 items-center gap-1 rounded-sm bg-black/65 px-1.5 sm:h-6 sm:gap-1.5 sm:px-2 text-xs font-semibold">
            <Eye size={14} aria-hidden />
            <AnimatedCount value={props.viewers} />
            <span className="sr-only">{t('viewers', { count: props.viewers })}</span>
          </span>
        )}
      </span>
      <span className="mt-2.5 flex gap-3 sm:mt-3">
        <Avatar
          id={props.owner?.id ?? props.slug}
          name={props.owner?.name ?? '?'}
          className="mt-0.5 max-sm:hidden"
        />
        <span className="min-w-0 flex-1">
          <span
            className={cx(
              'line-clamp-2 font-semibold text-pretty wrap-anywhere text-ink',
              props.featured === true ? 'text-lg sm:text-xl' : 'text-base leading-snug',
            )}
          >
            {props.title}
          </span>
          <span className="mt-0.5 block truncate text-sm text-muted">
            {props.owner?.name ?? t('nobody')}
          </span>
        </span>
      </span>
    </>
  );
}

/** A live room: the whole card is the link. Pointing at it shows what is being said inside. */
export function RoomCard(props: { room: RoomSummary; featured?: boolean | undefined }) {
  const { room } = props;
  const peek = usePeek(room.slug);
  return (
    <Link
      href={`/r/${room.slug}`}
      prefetch={false}
      className="group flex h-full flex-col rounded-lg outline-none"
      onPointerEnter={peek.enter}
      onPointerLeave={peek.leave}
      onFocus={peek.enter}
      onBlur={peek.leave}
    >
      <RoomCardFace {...room} featured={props.featured}>
        <RoomPeek messages={peek.messages} />
      </RoomCardFace>
    </Link>
  );
}
