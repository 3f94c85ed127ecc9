import { once } from 'node:events';
import { connect } from 'node:net';
import { createConnection } from 'mysql2/promise';

const WITHIN_MS = 1_000;

/** Whether Redis, at a URL, answers PING. @throws {Error} where it does not. */
export async function answersRedis(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    socket.write('PING\r\n');
    const signal = AbortSignal.timeout(WITHIN_MS);
    const [reply] = (await once(socket, 'data', { signal })) as [Buffer];
    return reply.toString().startsWith('+PONG');
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

/** Whether the database, at a URL, answers a query. @throws {Error} where it does not. */
export async function answersMysql(url: string): Promise<boolean> {
  const connection = await createConnection({ uri: url, connectTimeout: WITHIN_MS });
  try {
    await connection.query('SELECT 1');
    return true;
  } finally {
    connection.destroy();
  }
}
