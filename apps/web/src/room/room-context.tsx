'use client';

import { createContext, useContext } from 'react';
import type { ComposerStore } from './composer/composer-store';
import type { RoomSession } from './session/room-session';
import { useValue } from './use-value';

export interface RoomParts {
  session: RoomSession;
  composer: ComposerStore;
}

export const RoomContext = createContext<RoomParts | null>(null);

export function useRoom(): RoomParts {
  const parts = useContext(RoomContext);
  if (parts === null) throw new Error('useRoom is used outside of a room');
  return parts;
}

/** Whether the caller keeps order here. */
export function useModerates(): boolean {
  const { session } = useRoom();
  const { role } = useValue(session.you);
  const user = useValue(session.user);
  return role === 'owner' || role === 'moderator' || user?.role === 'admin';
}

/** Whether the room is the caller's to change. */
export function useOwns(): boolean {
  const { session } = useRoom();
  const { role } = useValue(session.you);
  const user = useValue(session.user);
  return role === 'owner' || user?.role === 'admin';
}
