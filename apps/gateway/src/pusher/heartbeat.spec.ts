import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { LocalBus } from '../cluster/local-bus';
import { LocalOccupancy } from '../cluster/local-occupancy';
import { readSettings } from '../env';
import type { Log } from '../log';
import { StaticApps } from './apps/static-apps';
import { ChannelCache } from './channel-cache';
import { Channels } from './channels';
import { PusherMetrics } from './http/pusher-metrics';
import { PusherConnections } from './pusher-connections';
import { PusherServer } from './pusher-server';
import { PusherUpgrade } from './socket/pusher-upgrade';
import type { WebhookEvent } from './webhook-event';

const silent = () => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent };

/** The WebSocket door of the Pusher side, with less patience than a gateway has. */
class Door {
  readonly recorded: WebhookEvent[] = [];
  readonly #http: Server = createServer();
  readonly #ends: (() => void)[] = [];

  static async open(patience: { closeAfterMs: number; inactiveMs: number }): Promise<Door> {
    const door = new Door();
    const settings = readSettings({ SOKETI_DEFAULT_APP_ENABLE_CLIENT_MESSAGES: 'true' });
    const { pusher } = settings;
    if (pusher.apps.driver !== 'array') throw new Error('no apps');
    const bus = new LocalBus();
    const occupancy = new LocalOccupancy(bus, log);
    const connections = new PusherConnections({
      pingAfterMs: 200,
      authorizeMs: 60_000,
      ...patience,
    });
    const cache = new ChannelCache(null, 1_000, log);
    const channels = new Channels({
      bus,
      occupancy,
      cache,
      number: connections.number,
      peers: connections,
      report: silent,
      heard: silent,
    });
    const wanted = ['$connect', '$disconnect', '$default'];
    const target = { url: 'http://127.0.0.1:1' };
    const filter = { startsWith: '', endsWith: '' };
    const webhooks = [{ target, eventTypes: wanted, headers: {}, filter }];
    const server = new PusherServer({
      apps: new StaticApps(pusher.apps.apps.map((app) => ({ ...app, webhooks }))),
      channels,
      connections,
      backing: {
        backs: () => false,
        open: () => Promise.reject(new Error('there are none')),
      },
      webhooks: { record: (_, event) => door.recorded.push(event) },
      tlsOnly: false,
      takesTraffic: () => true,
      metrics: new PusherMetrics('', 0),
      log,
    });
    const upgrade = new PusherUpgrade({ server, settings, takesTraffic: () => true, log });
    door.#http.on('upgrade', (request, socket, head) => upgrade.take(request, socket, head));
    door.#http.listen(0, '127.0.0.1');
    await once(door.#http, 'listening');
    door.#ends.push(
      () => {
        connections.close();
      },
      () => {
        channels.close();
      },
      () => {
        cache.close();
      },
      () => void occupancy.close(),
    );
    return door;
  }

  async connect(options: { autoPong: boolean }): Promise<{ ws: WebSocket; events: string[] }> {
    const { port } = this.#http.address() as AddressInfo;
    const ws = new WebSocket(`ws://127.0.0.1:${String(port)}/app/app-key?protocol=7`, options);
    const events: string[] = [];
    ws.on('message', (data: Buffer) => {
      events.push((JSON.parse(data.toString()) as { event: string }).event);
    });
    await once(ws, 'message');
    return { ws, events };
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#http.close();
    await once(this.#http, 'close');
  }
}

const closeOf = async (ws: WebSocket) => {
  const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
  return { code, reason: reason.toString() };
};

describe('a connection that says nothing', () => {
  it('is pinged, and is closed 4201 where nothing comes back', async () => {
    const door = await Door.open({ closeAfterMs: 1_500, inactiveMs: 3_600_000 });
    const [dead, living] = [
      await door.connect({ autoPong: false }),
      await door.connect({ autoPong: false }),
    ];
    living.ws.on('message', (data: Buffer) => {
      if (data.toString().includes('pusher:ping')) living.ws.send('{"event":"pusher:pong"}');
    });
    expect(await closeOf(dead.ws)).toEqual({ code: 4201, reason: 'Pong reply not received' });
    expect(dead.events).toContain('pusher:ping');
    // A client that answers stays, however long it has nothing to say.
    expect(living.ws.readyState).toBe(WebSocket.OPEN);
    await door.close();
  });

  it('stays where only its network answers, and is closed 4202 after a long time', async () => {
    const door = await Door.open({ closeAfterMs: 1_500, inactiveMs: 4_000 });
    const quiet = await door.connect({ autoPong: true });
    expect(await closeOf(quiet.ws)).toEqual({ code: 4202, reason: 'Closed after inactivity' });
    await door.close();
  });
});

describe('an app that wants to know of single connections', () => {
  it('hears of each that comes and goes, and what it says that is none of the protocol', async () => {
    const door = await Door.open({ closeAfterMs: 60_000, inactiveMs: 3_600_000 });
    const { ws, events } = await door.connect({ autoPong: true });
    ws.send('{"action":"greet"}');
    ws.send('{"event":"pusher:ping"}');
    while (!events.includes('pusher:pong')) await once(ws, 'message');
    ws.close(4999);
    while (door.recorded.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(events).not.toContain('pusher:error');
    const socket_id = expect.stringMatching(/^\d+\.\d+$/) as string;
    expect(door.recorded).toEqual([
      { name: '$connect', socket_id, source_ip: '127.0.0.1', user_agent: '' },
      { name: '$default', socket_id, body: '{"action":"greet"}' },
      { name: '$disconnect', socket_id, code: 4999 },
    ]);
    await door.close();
  });
});
