import type { OutboxStorage, StoredMessage } from './types';

/** As much of `sessionStorage` or `localStorage` as is used. */
export interface WebStorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Keeps the outbox in a web storage, one item for each room, named `prefix` and the room's slug. `sessionStorage`
 * is the one to take: tabs that share a `localStorage` overwrite each other's outbox.
 */
export function webStorageOutbox(
  storage: WebStorageLike,
  prefix = 'hubbub.outbox.',
): OutboxStorage {
  return {
    load(room) {
      const json = storage.getItem(prefix + room);
      const messages: unknown = json === null ? [] : JSON.parse(json);
      return Array.isArray(messages) ? messages.filter(isStoredMessage) : [];
    },
    save(room, messages) {
      if (messages.length === 0) storage.removeItem(prefix + room);
      else storage.setItem(prefix + room, JSON.stringify(messages));
    },
  };
}

function isStoredMessage(value: unknown): value is StoredMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { key, text, createdAt } = value as Partial<Record<keyof StoredMessage, unknown>>;
  return typeof key === 'string' && typeof text === 'string' && typeof createdAt === 'number';
}
