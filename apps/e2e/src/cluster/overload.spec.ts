import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { Cluster } from '../testing/cluster';
import { socketUrl } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);

const SOCKETS = 4;
let cluster: Cluster;
const open: WebSocket[] = [];

beforeAll(async () => {
  cluster = await Cluster.start({ gateways: 2, env: { MAX_CONNECTIONS: String(SOCKETS / 2) } });
  await cluster.isWhole();
}, 300_000);
afterAll(async () => {
  for (const ws of open) ws.terminate();
  await cluster.stop();
});

/** Through Nginx: 101 where it is let in, else the status of the refusal. */
async function dial(): Promise<number> {
  const ws = new WebSocket(socketUrl(cluster.url));
  ws.on('error', () => undefined);
  const status = await Promise.race([
    once(ws, 'open').then(() => 101),
    once(ws, 'unexpected-response').then(([, answer]) => (answer as IncomingMessage).statusCode),
  ]);
  if (status === 101) open.push(ws);
  else ws.terminate();
  return status ?? 0;
}

const list = async () => (await fetch(`${cluster.url}/api/rooms`)).status;

describe('a cluster whose gateways have all the connections that they may have', () => {
  it('fills each of them before it refuses anybody, and answers requests all the same', async () => {
    for (let i = 0; i < SOCKETS; i++) expect(await dial()).toBe(101);
    for (let i = 0; i < 10; i++) {
      // 502 where Nginx has heard it of all of them a moment ago.
      expect([502, 503]).toContain(await dial());
      expect(await list()).toBe(200);
    }
    open.shift()?.close();
    await waitFor(async () => (await dial()) === 101, { what: 'there is a place again' });
  });
});
