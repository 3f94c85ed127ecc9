'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../api/client';
import { PAGE, PAGE_MAX, refreshed, withPage, type RoomList } from './room-list';

const REFRESH_MS = 5000;
const REFRESH_WHILE_AWAY_MAX_MS = 30_000;
/** Rooms off air hardly change: asked for once in this many refreshes. */
const OFFLINE_EVERY = 6;

export interface Rooms {
  /** null: nothing has been loaded yet. */
  live: RoomList | null;
  offline: RoomList | null;
  /** The gateway did not answer the last time; `updatedAt` (ms) is how old the rest is. */
  away: boolean;
  updatedAt: number;
  retry: () => Promise<void>;
  more: (state: 'live' | 'offline') => Promise<void>;
  /** Nothing changes its place while held. */
  hold: (held: boolean) => void;
}

/** The lobby's rooms, kept fresh while the page is seen. `initial` is what the server found, null where it found nothing. */
export function useRooms(initial: {
  live: RoomList | null;
  offline: RoomList | null;
  away: boolean;
  at: number;
}): Rooms {
  const [live, setLive] = useState(initial.live);
  const [offline, setOffline] = useState(initial.offline);
  const [away, setAway] = useState(initial.away);
  const [updatedAt, setUpdatedAt] = useState(initial.at);
  const held = useRef(false);
  const liveCount = useRef(initial.live?.rooms.length ?? 0);
  const failures = useRef(0);
  const rounds = useRef(initial.offline === null ? 0 : 1);

  const refresh = useCallback(async () => {
    const covered = Math.min(PAGE_MAX, Math.max(PAGE, liveCount.current));
    const withOffline = rounds.current % OFFLINE_EVERY === 0;
    try {
      const [livePage, offlinePage] = await Promise.all([
        api.rooms({ state: 'live', limit: covered }),
        withOffline ? api.rooms({ state: 'offline', limit: PAGE }) : null,
      ]);
      const answer = { page: livePage, covered, hold: held.current };
      setLive((list) => (list === null ? livePage : refreshed(list, answer)));
      if (offlinePage !== null) {
        setOffline((list) =>
          list === null
            ? offlinePage
            : refreshed(list, { page: offlinePage, covered: PAGE, hold: held.current }),
        );
      }
      rounds.current += 1;
      failures.current = 0;
      setAway(false);
      setUpdatedAt(Date.now());
    } catch {
      failures.current += 1;
      setAway(true);
    }
  }, []);

  useEffect(() => {
    liveCount.current = live?.rooms.length ?? 0;
  }, [live]);

  const missing = initial.live === null;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const schedule = (inMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (document.hidden) return;
        void refresh().then(() => {
          const wait = REFRESH_MS * 2 ** Math.min(failures.current, 4);
          if (!stopped) schedule(Math.min(wait, REFRESH_WHILE_AWAY_MAX_MS));
        });
      }, inMs);
    };
    const seen = () => {
      if (!document.hidden) schedule(0);
    };
    schedule(missing ? 0 : REFRESH_MS);
    document.addEventListener('visibilitychange', seen);
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [refresh, missing]);

  const more = useCallback(
    async (state: 'live' | 'offline') => {
      const list = state === 'live' ? live : offline;
      if (list?.next == null) return;
      const page = await api.rooms({ state, cursor: list.next, limit: PAGE });
      const set = state === 'live' ? setLive : setOffline;
      set((current) => (current === null ? page : withPage(current, page)));
    },
    [live, offline],
  );

  const hold = useCallback((value: boolean) => {
    held.current = value;
  }, []);

  return { live, offline, away, updatedAt, retry: refresh, more, hold };
}
