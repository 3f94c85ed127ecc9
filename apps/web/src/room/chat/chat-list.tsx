'use client';

import { ArrowDown } from 'lucide-react';
import { useTranslations } from 'next-intl';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
} from 'react';
import { Button } from '../../ui/button';
import { shortcutOf } from '../keys/shortcuts';
import { useRoom } from '../room-context';
import { useHydrated } from '../use-hydrated';
import { useValue } from '../use-value';
import styles from './chat.module.css';
import { FlowBadge } from './flow-badge';
import { ListScroll } from './list-scroll';
import { MessageMenu } from './message-menu';
import { MessageRow, type MenuAnchor, type OpenMenu } from './message-row';
import { GapLine, GiftLine, SystemLines, Tombstone } from './other-rows';
import { OutgoingRow } from './outgoing-row';
import type { ChatRow, GapRow, MessageRow as Message } from './rows';

/** The latest rows, following; still while the reader reads. */
export function ChatList() {
  const t = useTranslations('room.chat');
  const { session } = useRoom();
  const { chat } = session;
  const view = useSyncExternalStore(chat.subscribe, chat.view, chat.view);
  const outgoing = useValue(session.outgoing.rows);
  const connection = useValue(session.connection);
  const me = useValue(session.user);
  const hydrated = useHydrated();
  const [list, setList] = useState<HTMLElement | null>(null);
  const scroll = useRef<ListScroll | null>(null);
  const [menu, setMenu] = useState<{ row: Message; anchor: MenuAnchor } | null>(null);

  const loadOlder = useCallback(() => {
    void session.loadOlder();
  }, [session]);
  useLayoutEffect(() => {
    if (list === null) return;
    const opened = new ListScroll({ list, chat, loadOlder });
    scroll.current = opened;
    return () => {
      scroll.current = null;
      opened.close();
    };
  }, [list, chat, loadOlder]);
  useLayoutEffect(() => {
    scroll.current?.rendered();
  }, [list, view, outgoing]);
  useLatestKey(() => {
    chat.follow();
  });

  const openMenu = useCallback<OpenMenu>(
    (row, anchor) => {
      chat.freeze('menu');
      setMenu({ row, anchor });
    },
    [chat],
  );
  const loadGap = useCallback(
    (gap: GapRow) => {
      // The reader stays at the gap while it fills.
      chat.freeze('scroll');
      void session.loadGap(gap);
    },
    [chat, session],
  );

  const isEmpty = view.rows.length === 0 && outgoing.length === 0;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={setList}
        role="region"
        aria-label={t('label')}
        tabIndex={0}
        onKeyDown={(event) => {
          moveBetweenRows(event, view.rows, openMenu);
        }}
        className={`min-h-0 flex-1 overflow-y-auto outline-offset-[-2px] ${styles['list'] ?? ''}`}
      >
        <div className="flex min-h-full flex-col justify-end py-2">
          {view.hasOlder && (
            <div className="flex justify-center py-2">
              <Button
                size="sm"
                variant="ghost"
                loading={view.older === 'loading'}
                onClick={() => {
                  chat.freeze('scroll');
                  loadOlder();
                }}
              >
                {view.older === 'failed' ? t('olderFailed') : t('older')}
              </Button>
            </div>
          )}
          {!view.hasOlder && !isEmpty && (
            <p className="px-4 py-3 text-center text-sm text-faint">{t('beginning')}</p>
          )}
          {isEmpty && <p className="m-auto px-8 text-center text-muted">{t('empty')}</p>}
          <ol className="flex flex-col">
            {view.rows.map((row) => (
              <Row
                key={row.type === 'gap' ? `gap${String(row.id)}` : row.seq}
                row={row}
                me={me}
                showsTime={hydrated}
                isOpen={menu !== null && menu.row.seq === row.seq}
                onOpenMenu={openMenu}
                onLoadGap={loadGap}
              />
            ))}
            {me !== null &&
              outgoing.map((row) => (
                <OutgoingRow
                  key={row.key}
                  row={row}
                  me={me}
                  isConnected={connection.status === 'open'}
                />
              ))}
          </ol>
        </div>
      </div>
      {!view.stopped && (
        <FlowBadge
          onPause={() => {
            chat.freeze('pause');
            // The button is gone, and the arrow keys go from message to message now.
            list?.focus({ preventScroll: true });
          }}
        />
      )}
      {view.stopped && (
        <button
          type="button"
          onClick={() => {
            chat.follow();
          }}
          className="absolute bottom-3 left-1/2 inline-flex h-9 -translate-x-1/2 items-center gap-2 rounded-full bg-ink px-4 text-sm font-semibold text-canvas shadow-float"
        >
          <ArrowDown size={16} aria-hidden />
          {view.newCount === 0 ? t('latest') : t('newCount', { count: view.newCount })}
        </button>
      )}
      <MessageMenu
        row={menu?.row ?? null}
        anchor={menu?.anchor ?? null}
        onClose={() => {
          chat.release('menu');
          setMenu(null);
        }}
      />
    </div>
  );
}

interface RowProps {
  row: ChatRow;
  me: { id: string; name: string } | null;
  showsTime: boolean;
  isOpen: boolean;
  onOpenMenu: OpenMenu;
  onLoadGap: (gap: GapRow) => void;
}

function Row({ row, me, showsTime, isOpen, onOpenMenu, onLoadGap }: RowProps) {
  switch (row.type) {
    case 'message':
      return (
        <MessageRow
          row={row}
          me={me}
          showsTime={showsTime}
          isOpen={isOpen}
          onOpenMenu={onOpenMenu}
        />
      );
    case 'withdrawn':
      return <Tombstone row={row} />;
    case 'gap':
      return <GapLine row={row} onLoad={onLoadGap} />;
    case 'gift':
      return <GiftLine row={row} />;
    case 'system':
      return <SystemLines row={row} myId={me?.id ?? null} />;
  }
}

/** Arrow keys go from message to message, Enter opens what can be done with one. */
function moveBetweenRows(
  event: KeyboardEvent<HTMLElement>,
  rows: readonly ChatRow[],
  open: OpenMenu,
): void {
  const focused = document.activeElement?.closest('li[data-seq]');
  if (event.key === 'Enter' && focused instanceof HTMLElement) {
    if (event.target !== focused) return;
    const row = rows.find(({ seq }) => String(seq) === focused.dataset['seq']);
    event.preventDefault();
    if (row?.type === 'message') open(row, focused);
    return;
  }
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('li[data-seq]')];
  const index = all.findIndex((row) => row === focused);
  const next = event.key === 'ArrowUp' ? (index < 0 ? all.length : index) - 1 : index + 1;
  const target = all[next];
  if (target === undefined || (index < 0 && event.key === 'ArrowDown')) return;
  event.preventDefault();
  target.focus();
}

/** End goes back to the latest, wherever the focus is, but not while typing. */
function useLatestKey(goLatest: () => void): void {
  const latest = useRef(goLatest);
  useEffect(() => {
    latest.current = goLatest;
  });
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (shortcutOf(event) !== 'latest') return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, []);
}
