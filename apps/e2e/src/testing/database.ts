import { createConnection, type RowDataPacket } from 'mysql2/promise';

export interface KeptEntry {
  seq: number;
  kind: string;
  userId: string;
  key: string;
  /** The entry as JSON, without `seq` and `at`. */
  body: string;
  isWithdrawn: boolean;
}

/** A room's log as the database has it, past every gateway. */
export async function readLog(mysql: string, room: string): Promise<KeptEntry[]> {
  const connection = await createConnection({ uri: mysql });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT seq, kind, user_id, idempotency_key, body, withdrawn FROM room_entries
       WHERE room_id = (SELECT id FROM rooms WHERE slug = ?) ORDER BY seq`,
      [room],
    );
    return rows.map((row) => ({
      seq: Number(row['seq']),
      kind: String(row['kind']),
      userId: String(row['user_id']),
      key: String(row['idempotency_key']),
      body: String(row['body']),
      isWithdrawn: Boolean(row['withdrawn']),
    }));
  } finally {
    await connection.end();
  }
}
