import type { Effect } from './draft';

interface EffectStatement {
  sql: string;
  values: (string | number | null)[];
}

const ROOM_COLUMNS = {
  title: 'title',
  state: 'state',
  streamUrl: 'stream_url',
  slowModeMs: 'slow_mode_ms',
  visibility: 'visibility',
} as const;

/** What an effect changes, for the transaction of its entry. */
export function effectStatements(
  roomId: number,
  effect: Effect,
  dialect: 'mysql' | 'sqlite',
): EffectStatement[] {
  switch (effect.type) {
    case 'withdraw':
      return [
        {
          sql: 'UPDATE room_entries SET withdrawn = 1 WHERE room_id = ? AND seq = ?',
          values: [roomId, effect.seq],
        },
      ];
    case 'mute': {
      const insert =
        "INSERT INTO room_members (room_id, user_id, role, muted_until, read_seq) VALUES (?, ?, 'viewer', ?, 0)";
      const update =
        dialect === 'mysql'
          ? 'ON DUPLICATE KEY UPDATE muted_until = ?'
          : 'ON CONFLICT (room_id, user_id) DO UPDATE SET muted_until = ?';
      const { userId, until } = effect;
      return [{ sql: `${insert} ${update}`, values: [roomId, userId, until, until] }];
    }
    case 'room': {
      const changes = Object.entries(ROOM_COLUMNS).flatMap(([field, column]) => {
        const value = effect.change[field as keyof typeof ROOM_COLUMNS];
        return value === undefined ? [] : [{ column, value }];
      });
      if (changes.length === 0) return [];
      const set = changes.map(({ column }) => `${column} = ?`).join(', ');
      const values = [...changes.map(({ value }) => value), roomId];
      return [{ sql: `UPDATE rooms SET ${set} WHERE id = ?`, values }];
    }
  }
}
