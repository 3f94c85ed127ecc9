'use client';

import type { RoomSummary } from '@hubbub/protocol';
import { Plus, Search, WifiOff, X } from 'lucide-react';
import Link from 'next/link';
import { useLocale, useTranslations } from 'next-intl';
import { useDeferredValue, useState } from 'react';
import { ApiError } from '../api/api-error';
import { useErrorText } from '../api/error-text';
import { formatCount } from '../i18n/format-count';
import { Button } from '../ui/button';
import { buttonClasses } from '../ui/button-classes';
import { EmptyState } from '../ui/empty-state';
import { useToast } from '../ui/toast';
import { LobbySkeleton } from './lobby-skeleton';
import { OfflineRooms } from './offline-rooms';
import { QuietArt } from './quiet-art';
import { RoomCard } from './room-card';
import { matching, type RoomList } from './room-list';
import { useRooms, type Rooms } from './use-rooms';

const GRID =
  'grid grid-cols-2 gap-x-3 gap-y-6 sm:gap-x-5 sm:gap-y-8 lg:grid-cols-3 xl:grid-cols-4 2xl:grid-cols-5';

/** One or two rooms would be lost in the columns of many. */
const GRID_OF_FEW = 'grid gap-5 sm:grid-cols-2 xl:max-w-6xl';

export function Lobby(props: {
  live: RoomList | null;
  offline: RoomList | null;
  away: boolean;
  at: number;
}) {
  const rooms = useRooms(props);
  const [typed, setTyped] = useState('');
  const query = useDeferredValue(typed.trim());
  const { live, offline } = rooms;
  if (live === null) return rooms.away ? <Away retry={rooms.retry} /> : <LobbySkeleton />;
  const offlineFound = matching(offline?.rooms ?? [], query);
  const liveFound = matching(live.rooms, query);
  const nothing = query !== '' && liveFound.length === 0 && offlineFound.length === 0;
  return (
    <>
      <Heading live={live} typed={typed} onType={setTyped} />
      {rooms.away && <Stale updatedAt={rooms.updatedAt} retry={rooms.retry} />}
      {nothing ? (
        <NothingFound query={query} partial={live.next !== null || offline?.next != null} />
      ) : (
        <LiveRooms rooms={rooms} list={live} found={liveFound} filtered={query !== ''} />
      )}
      {offline !== null && offlineFound.length > 0 && (
        <OfflineRooms
          rooms={offlineFound}
          more={offline.next === null ? null : <More rooms={rooms} state="offline" />}
        />
      )}
    </>
  );
}

function Heading(props: { live: RoomList; typed: string; onType: (query: string) => void }) {
  const t = useTranslations('shell.lobby');
  const locale = useLocale();
  const { rooms, next } = props.live;
  const summary = {
    rooms: rooms.length,
    viewers: formatCount(
      rooms.reduce((sum, room) => sum + room.viewers, 0),
      locale,
    ),
  };
  return (
    <div className="mb-6 flex flex-wrap items-end gap-x-6 gap-y-4 sm:mb-8">
      <div className="min-w-0 flex-1">
        <h1 className="text-2xl sm:text-3xl">{t('title')}</h1>
        {rooms.length > 0 && (
          <p className="tabular mt-1 text-base text-muted">
            {next === null ? t('summary', summary) : t('summaryMore', summary)}
          </p>
        )}
      </div>
      <search className="w-full sm:w-72">
        <label className="flex h-10 items-center gap-2 rounded-md border border-edge bg-sunken px-3 focus-within:border-focus focus-within:outline-1 focus-within:outline-focus hover:border-muted">
          <Search size={18} aria-hidden className="shrink-0 text-faint" />
          <span className="sr-only">{t('filter')}</span>
          <input
            type="text"
            inputMode="search"
            enterKeyHint="search"
            value={props.typed}
            placeholder={t('filter')}
            onChange={(event) => {
              props.onType(event.target.value);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Escape') props.onType('');
            }}
            className="h-full min-w-0 flex-1 bg-transparent text-[1rem] outline-none sm:text-base"
          />
          {props.typed !== '' && (
            <button
              type="button"
              aria-label={t('filterClear')}
              className="-mr-2 inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
              onClick={() => {
                props.onType('');
              }}
            >
              <X size={16} aria-hidden />
            </button>
          )}
        </label>
      </search>
    </div>
  );
}

function LiveRooms(props: {
  rooms: Rooms;
  list: RoomList;
  found: RoomSummary[];
  filtered: boolean;
}) {
  const t = useTranslations('shell.lobby');
  if (props.list.rooms.length === 0) {
    return (
      <EmptyState
        art={<QuietArt />}
        title={t('emptyTitle')}
        action={
          <Link href="/create" className={buttonClasses('primary', 'lg')}>
            <Plus size={20} aria-hidden className="-ml-1" />
            {t('openRoom')}
          </Link>
        }
      >
        {t('emptyText')}
      </EmptyState>
    );
  }
  // One room is given the large place, if there are enough others to stand around it.
  const featured = !props.filtered && props.found.length >= 3;
  const few = !props.filtered && props.found.length < 3;
  return (
    <>
      <ul
        className={few ? GRID_OF_FEW : GRID}
        onPointerEnter={() => {
          props.rooms.hold(true);
        }}
        onPointerLeave={() => {
          props.rooms.hold(false);
        }}
        onFocus={() => {
          props.rooms.hold(true);
        }}
        onBlur={() => {
          props.rooms.hold(false);
        }}
      >
        {props.found.map((room, index) => (
          <li
            key={room.slug}
            className={featured && index === 0 ? 'col-span-2 lg:row-span-2' : 'min-w-0'}
          >
            <RoomCard room={room} featured={featured && index === 0} />
          </li>
        ))}
      </ul>
      {props.list.next !== null && <More rooms={props.rooms} state="live" />}
    </>
  );
}

function More(props: { rooms: Rooms; state: 'live' | 'offline' }) {
  const t = useTranslations('shell.lobby');
  const toast = useToast();
  const errorText = useErrorText();
  const [busy, setBusy] = useState(false);
  return (
    <div className="mt-8 flex justify-center">
      <Button
        size="lg"
        loading={busy}
        onClick={() => {
          setBusy(true);
          props.rooms
            .more(props.state)
            .catch((thrown: unknown) => {
              toast(t('moreFailed'), {
                description: errorText(ApiError.from(thrown)),
                tone: 'danger',
              });
            })
            .finally(() => {
              setBusy(false);
            });
        }}
      >
        {t('more')}
      </Button>
    </div>
  );
}

function NothingFound(props: { query: string; partial: boolean }) {
  const t = useTranslations('shell.lobby');
  return (
    <div role="status">
      <EmptyState art={<Search size={40} />} title={t('filterNone', { query: props.query })}>
        {props.partial && t('filterNoneHint')}
      </EmptyState>
    </div>
  );
}

function Retry(props: { retry: () => Promise<void>; size: 'sm' | 'lg' }) {
  const t = useTranslations('shell.common');
  const [busy, setBusy] = useState(false);
  return (
    <Button
      size={props.size}
      loading={busy}
      onClick={() => {
        setBusy(true);
        void props.retry().finally(() => {
          setBusy(false);
        });
      }}
    >
      {t('retry')}
    </Button>
  );
}

function Away(props: { retry: () => Promise<void> }) {
  const t = useTranslations('shell.lobby');
  return (
    <div role="alert" className="flex flex-1 items-center">
      <EmptyState
        heading="h1"
        art={<QuietArt />}
        title={t('awayTitle')}
        action={<Retry retry={props.retry} size="lg" />}
      >
        {t('awayText')}
      </EmptyState>
    </div>
  );
}

function Stale(props: { updatedAt: number; retry: () => Promise<void> }) {
  const t = useTranslations('shell.lobby');
  const locale = useLocale();
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(props.updatedAt);
  return (
    <div
      role="status"
      className="mb-6 flex items-center gap-3 rounded-md border border-hair bg-surface py-2 pr-2 pl-4 text-sm text-muted"
    >
      <WifiOff size={18} aria-hidden className="shrink-0 text-danger" />
      <span className="flex-1">{t('stale', { time })}</span>
      <Retry retry={props.retry} size="sm" />
    </div>
  );
}
