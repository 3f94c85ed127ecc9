'use client';

import type { Entry, RoomSummary } from '@hubbub/protocol';
import { useEffect, useState } from 'react';
import { useSession } from '../session/session';
import { Announcer } from './chat/announcer';
import { ChatList } from './chat/chat-list';
import { Composer } from './composer/composer';
import { ComposerStore } from './composer/composer-store';
import { ConnectionBar } from './connection/connection-bar';
import { RoomInfo } from './info/room-info';
import { ShortcutsDialog } from './keys/shortcuts-dialog';
import { Player } from './player/player';
import { RoomContext, type RoomParts } from './room-context';
import styles from './room-page.module.css';
import { RoomSession } from './session/room-session';

/** A room: the picture with what flies over it, the chat beside it. First drawn from what the server knew. */
export function RoomPage(props: { room: RoomSummary; entries: readonly Entry[] }) {
  const [parts] = useState<RoomParts>(() => {
    const { viewers, ...description } = props.room;
    const session = new RoomSession({ description, entries: props.entries, viewers });
    return { session, composer: new ComposerStore(session) };
  });
  useConnection(parts.session);

  return (
    <RoomContext value={parts}>
      <main id="main" tabIndex={-1} className={styles['room']}>
        <div className={styles['watch']}>
          <Player className={styles['player']} />
          <RoomInfo className={styles['info']} />
        </div>
        <ChatPanel />
        <Announcer />
        <ShortcutsDialog />
      </main>
    </RoomContext>
  );
}

function ChatPanel() {
  return (
    <section className={styles['chat']}>
      <ConnectionBar />
      <ChatList />
      <Composer />
    </section>
  );
}

/** Connected as whoever is signed in; and when the gateway says that nobody is, the page is told. */
function useConnection(session: RoomSession): void {
  const { user, refresh } = useSession();
  const { id, name, role } = user ?? { id: null, name: '', role: 'guest' as const };
  useEffect(() => session.open(id === null ? null : { id, name, role }), [session, id, name, role]);
  useEffect(
    () =>
      session.connection.subscribe(() => {
        const state = session.connection.get();
        const isEnded = state.status === 'closed' && state.reason === 'sessionEnded';
        // A cookie that is not valid any more is refused before the upgrade, which a browser cannot tell from no answer.
        const isRefused = state.status === 'waiting' && state.reason === 'unreachable';
        if (isEnded || isRefused) refresh().catch(() => undefined);
      }),
    [session, refresh],
  );
}
