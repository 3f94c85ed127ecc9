import { getTranslations } from 'next-intl/server';
import { ApiError } from '../api/api-error';
import { serverApi } from '../api/server';
import { Lobby } from '../lobby/lobby';
import { PAGE, type RoomList } from '../lobby/room-list';

/** A page that waits longer than this is better shown without its rooms; the browser fetches them then. */
const DEADLINE_MS = 1200;

interface Found {
  live: RoomList | null;
  offline: RoomList | null;
  away: boolean;
  /** When it was found, in ms. */
  at: number;
}

async function findRooms(): Promise<Found> {
  const api = await serverApi();
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const [live, offline] = await Promise.all([
      api.rooms({ state: 'live', limit: PAGE }, { signal }),
      api.rooms({ state: 'offline', limit: PAGE }, { signal }),
    ]);
    return { live, offline, away: false, at: Date.now() };
  } catch (thrown) {
    // A slow gateway may still answer the browser: that is a page that loads, not one that failed.
    const away = !signal.aborted && ApiError.from(thrown).isPassing;
    return { live: null, offline: null, away, at: Date.now() };
  }
}

export default async function LobbyPage() {
  const [found, t] = await Promise.all([findRooms(), getTranslations('shell.lobby')]);
  return (
    <>
      <main
        id="main"
        tabIndex={-1}
        className="container-page flex flex-1 flex-col py-6 outline-none sm:py-10"
      >
        <Lobby {...found} />
      </main>
      <footer className="container-page flex items-center justify-between gap-4 border-t border-hair py-6 text-sm text-faint">
        <p>{t('footer')}</p>
        <a href="/api/docs" className="font-semibold text-muted hover:text-ink">
          {t('api')}
        </a>
      </footer>
    </>
  );
}
