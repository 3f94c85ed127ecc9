import WebSocket from 'ws';
import { inMib, runScript } from '../script';
import { Api } from '../testing/api';
import { bytesAtRest } from '../testing/processes';
import { socketUrl } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

/** Opened at a time. */
const AT_ONCE = 50;

/** A joined connection that keeps nothing of what it gets. */
async function join(url: string, room: string): Promise<WebSocket> {
  const ws = new WebSocket(socketUrl(url), ['hubbub.v1'], { perMessageDeflate: true });
  await new Promise<void>((resolve, reject) => {
    ws.on('error', reject);
    ws.on('close', (code) => {
      reject(new Error(`closed ${String(code)}`));
    });
    ws.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.startsWith('{"event":"welcome"')) {
        ws.send(JSON.stringify({ event: 'join', id: 1, data: { room } }));
      } else if (text.startsWith('{"event":"ok"')) resolve();
      else if (text.startsWith('{"event":"error"')) reject(new Error(text));
    });
  });
  return ws;
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
}

/** What one joined connection costs a gateway in memory, over the process without any. */
await runScript(
  {
    command: 'npx nx connections e2e',
    numbers: { connections: 2_000 },
    cluster: { gateways: 1 },
  },
  async ({ cluster, number, progress }) => {
    const count = number('connections');
    const api = new Api(cluster.url, cluster.adminToken);
    const url = cluster.gateway(0);
    const room = await api.room(await api.account());
    const pid = cluster.pid(0);
    const heap = () => metric(url, 'nodejs_heap_size_used_bytes');
    await heap();
    progress('waits for the gateway to come to rest');
    const before = { resident: await bytesAtRest(pid), heap: await heap() };
    const sockets: WebSocket[] = [];
    const began = performance.now();
    while (sockets.length < count) {
      const next = Math.min(AT_ONCE, count - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: next }, () => join(url, room)))));
      if (sockets.length % 500 === 0) progress(`${String(sockets.length)} connections`);
    }
    const tookMs = performance.now() - began;
    await waitFor(async () => (await metric(url, 'hubbub_connections')) === count, {
      what: 'the gateway counts them',
      everyMs: 500,
    });
    progress('waits for the gateway to come to rest');
    const after = { resident: await bytesAtRest(pid), heap: await heap() };
    for (const socket of sockets) socket.terminate();
    const each = (bytes: number) => `${(bytes / count / 1024).toFixed(1)} KiB`;
    return {
      rows: [
        ['joined connections on one gateway', String(count)],
        ['opened and joined per second', ((count / tookMs) * 1000).toFixed(0)],
        ['resident memory without any', inMib(before.resident)],
        ['resident memory with all', inMib(after.resident)],
        ['resident memory for each joined connection', each(after.resident - before.resident)],
        ['heap in use for each (as it is between collections)', each(after.heap - before.heap)],
      ],
      problems: [],
    };
  },
);
