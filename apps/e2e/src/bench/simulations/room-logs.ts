import { createPool, type Pool, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { quantile } from '../../script';
import { Cluster } from '../../testing/cluster';
import { cpuMs } from '../../testing/processes';
import { count, microseconds, type Simulation, type Tools } from './simulation';

const ROOMS = 100_000;
const FEW_ROOMS = 1_000;
/** Each room has been talked in before. */
const ENTRIES = 10;
const FILLED_AT_ONCE = 10_000;
/** Rooms of one transaction, with one message each. */
const ROOMS_AT_ONCE = 32;
/** Connections that commit, over all databases: three gateways with four each. */
const WRITERS = 12;
/** Ids that no gateway has given. */
const FIRST_ROOM = 1_000_000;

/** About as long as what a gateway keeps of a danmaku. */
const BODY = JSON.stringify({
  user: { id: 'u_0123456789', name: '前排观众' },
  text: '哈哈哈哈 what a play',
  danmaku: { mode: 'scroll', color: '#ffffff', size: 'normal' },
});

interface Database {
  pool: Pool;
  pid: number;
}

/** The log of 100,000 rooms in one database, and spread over two by the room's id. */
export const roomLogs: Simulation = {
  id: 'model-log',
  title: `The log in MariaDB: one message each into ${String(ROOMS_AT_ONCE)} random rooms a transaction, ${String(WRITERS)} at a time, each flushed; ${String(ENTRIES)} messages in each room before; 128 MiB of buffer`,
  run: async (tools) => {
    const databases: Database[] = [];
    for (let i = 0; i < 2; i++) {
      tools.progress(`starts database ${String(i + 1)}`);
      databases.push(await start(tools));
    }
    const rows: string[][] = [];
    const rates: number[] = [];
    for (const { what, rooms, over } of [
      { what: '1,000 rooms, one database', rooms: FEW_ROOMS, over: databases.slice(0, 1) },
      { what: '100,000 rooms, one database', rooms: ROOMS, over: databases.slice(0, 1) },
      { what: '100,000 rooms, two databases by id', rooms: ROOMS, over: databases },
    ]) {
      tools.progress(what);
      const { cells, perSecond } = await measure(tools, rooms, over);
      rows.push([what, ...cells]);
      rates.push(perSecond);
    }
    return {
      columns: [
        '',
        'messages/s',
        'a transaction, p50',
        'p99',
        'CPU for one message, all databases',
        'pages read for one message',
      ],
      rows,
      facts: { logSpread: (rates[1] ?? 0) / (rates[0] ?? 1) },
    };
  },
};

async function start({ own, progress }: Tools): Promise<Database> {
  // Its gateway makes the tables, and has nothing to do from then on.
  const cluster = own(await Cluster.start({ gateways: 1 }));
  const pool = createPool({
    uri: cluster.mysql,
    connectionLimit: WRITERS,
    multipleStatements: true,
  });
  own({ stop: () => pool.end() });
  progress(`fills ${count(ROOMS)} rooms`);
  const digits =
    '(SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)';
  await pool.query(
    `INSERT INTO room_heads (room_id, last_seq) SELECT ${String(FIRST_ROOM)} + a.n + 10*b.n + 100*c.n + 1000*d.n + 10000*e.n, ${String(ENTRIES)}
     FROM ${digits} a, ${digits} b, ${digits} c, ${digits} d, ${digits} e`,
  );
  // In the order in which they are kept: page after page.
  for (let from = FIRST_ROOM; from < FIRST_ROOM + ROOMS; from += FILLED_AT_ONCE) {
    await pool.query(
      `INSERT INTO room_entries (room_id, seq, at, kind, user_id, idempotency_key, body)
       SELECT room_id, n + 1, 1, 'message', 'u_0123456789', CONCAT('before-', n), ? FROM room_heads, ${digits} entries
       WHERE room_id >= ? AND room_id < ? ORDER BY room_id, n`,
      [BODY, from, from + FILLED_AT_ONCE],
    );
  }
  return { pool, pid: cluster.pid('mysql') };
}

async function measure(
  { sizes, signal }: Tools,
  rooms: number,
  databases: readonly Database[],
): Promise<{ cells: string[]; perSecond: number }> {
  await write(databases, { rooms, seconds: Math.min(3, sizes.seconds), signal });
  const cpu = () => databases.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  const before = { cpu: cpu(), reads: await pagesRead(databases) };
  const { messages, tookMs, transactions } = await write(databases, {
    rooms,
    seconds: sizes.seconds,
    signal,
  });
  const reads = (await pagesRead(databases)) - before.reads;
  const perSecond = (messages / tookMs) * 1_000;
  const cells = [
    count(perSecond),
    `${quantile(transactions, 0.5).toFixed(1)} ms`,
    `${quantile(transactions, 0.99).toFixed(1)} ms`,
    microseconds(cpu() - before.cpu, messages, 0),
    (reads / messages).toFixed(2),
  ];
  return { cells, perSecond };
}

interface Writing {
  rooms: number;
  seconds: number;
  signal: AbortSignal;
}

async function write(
  databases: readonly Database[],
  { rooms, seconds, signal }: Writing,
): Promise<{ messages: number; tookMs: number; transactions: number[] }> {
  const began = performance.now();
  const transactions: number[] = [];
  const writer = async (index: number) => {
    const shard = index % databases.length;
    const pool = databases[shard]?.pool;
    if (!pool) return;
    for (let turn = 0; performance.now() - began < seconds * 1_000; turn++) {
      signal.throwIfAborted();
      const chosen = choose(rooms, { shard, shards: databases.length });
      const at = performance.now();
      await commit(pool, chosen, `${String(index)}-${String(began)}-${String(turn)}`);
      transactions.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, index) => writer(index)));
  const tookMs = performance.now() - began;
  return { messages: transactions.length * ROOMS_AT_ONCE, tookMs, transactions };
}

/** Different rooms that belong to the shard, in the order in which everybody locks them. */
function choose(rooms: number, { shard, shards }: { shard: number; shards: number }): number[] {
  const chosen = new Set<number>();
  while (chosen.size < ROOMS_AT_ONCE) {
    const room = Math.floor((Math.random() * rooms) / shards) * shards + shard;
    chosen.add(FIRST_ROOM + room);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Takes each room's next number and inserts its entry: two trips, as a gateway does it. */
async function commit(pool: Pool, rooms: readonly number[], key: string): Promise<void> {
  const connection = await pool.getConnection();
  try {
    const takes = rooms.map(
      (room) =>
        `UPDATE room_heads SET last_seq = LAST_INSERT_ID(last_seq + 1) WHERE room_id = ${String(room)}`,
    );
    const [results] = await connection.query<ResultSetHeader[]>(
      ['START TRANSACTION', ...takes].join('; '),
    );
    const values = rooms.map((room, i) => [
      room,
      results[i + 1]?.insertId,
      Date.now(),
      'message',
      'u_0123456789',
      key,
      BODY,
    ]);
    await connection.query(
      'INSERT INTO room_entries (room_id, seq, at, kind, user_id, idempotency_key, body) VALUES ?; COMMIT',
      [values],
    );
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  } finally {
    connection.release();
  }
}

/** From the disk, because they were not in memory. */
async function pagesRead(databases: readonly Database[]): Promise<number> {
  let sum = 0;
  for (const { pool } of databases) {
    const [rows] = await pool.query<RowDataPacket[]>(
      "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_reads'",
    );
    sum += Number(rows[0]?.['Value']);
  }
  return sum;
}
