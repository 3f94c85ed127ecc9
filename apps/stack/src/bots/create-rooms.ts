import { RoomSummary } from '@hubbub/protocol';
import type { Accounts } from './accounts';
import { ApiError } from './api';
import type { SeedRoom } from './rooms';

/** Makes the rooms that are not there yet, live, owned by the house's own bot. A room that is there is left as it is. */
export async function createRooms(rooms: readonly SeedRoom[], accounts: Accounts): Promise<void> {
  const { api } = accounts;
  const missing: SeedRoom[] = [];
  for (const room of rooms) {
    try {
      await api.get(`/api/rooms/${room.slug}`, { as: RoomSummary });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      missing.push(room);
    }
  }
  if (missing.length === 0) return;
  const call = { as: RoomSummary, token: await accounts.signIn('house', 'Hubbub House bot') };
  for (const { slug, title, slowModeMs } of missing) {
    await api.post('/api/rooms', { slug, title }, call);
    await api.patch(`/api/rooms/${slug}`, { state: 'live', slowModeMs }, call);
  }
}
