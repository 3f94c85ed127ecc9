import Pusher from 'pusher-js';
import { unique } from '../testing/api';
import { useCluster } from '../testing/bed';
import { Chromium } from '../testing/browser';
import { kill } from '../testing/processes';
import {
  addressOf,
  clientOptions,
  PUSHER_APP,
  pusherApi,
  PusherPages,
  PusherTab,
} from '../testing/pusher-pages';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();
const TRANSPORTS = ['xhr_streaming', 'xhr_polling'] as const;
type Transport = (typeof TRANSPORTS)[number];

const open: (() => unknown)[] = [];
let pages: PusherPages;
let chromium: Chromium;
beforeAll(async () => {
  pages = await PusherPages.start();
  chromium = await Chromium.launch();
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});
afterAll(async () => {
  await chromium.close();
  await pages.close();
});

/** A browser's tab; without WebSockets, where they are said to be missing. */
async function newTab({ isWithoutWebSocket = false } = {}): Promise<PusherTab> {
  const tab = await chromium.tab();
  open.push(() => tab.context.close());
  if (isWithoutWebSocket) {
    await tab.page.addInitScript(() => {
      delete (window as { WebSocket?: unknown }).WebSocket;
    });
  }
  return new PusherTab(tab);
}

/** The library for servers and other programs, in this process. */
class Listener {
  readonly heard: number[] = [];
  /** Socket ids, one for each connection that it has had. */
  readonly ids: string[] = [];
  private readonly pusher: Pusher;

  constructor(url: string, channel: string, transport: Transport | 'ws') {
    this.pusher = new Pusher(PUSHER_APP.key, {
      ...clientOptions(url),
      enabledTransports: [transport],
    });
    open.push(() => {
      this.pusher.disconnect();
    });
    this.pusher.connection.bind('connected', () => this.ids.push(this.pusher.connection.socket_id));
    this.pusher.subscribe(channel).bind('said', ({ n }: { n: number }) => this.heard.push(n));
  }

  /** Its gateway, by the first half of the socket id. */
  get gateway(): string {
    return this.ids.at(-1)?.split('.')[0] ?? '';
  }

  get isSubscribed(): boolean {
    return (
      this.pusher.connection.state === 'connected' &&
      this.pusher.allChannels().every(({ subscribed }) => subscribed)
    );
  }
}

async function untilAll(listeners: Listener[], is: (it: Listener) => boolean, what: string) {
  await waitFor(() => listeners.every(is), { what, timeoutMs: 40_000 });
}

describe.each(TRANSPORTS)('a browser without WebSocket, by %s', (transport) => {
  it('gets events and sends client events, on one connection', async () => {
    const url = bed().cluster.url;
    const channel = `private-${unique()}`;
    const tab = await newTab({ isWithoutWebSocket: true });
    await tab.connect(pages, { ...clientOptions(url), enabledTransports: [transport] });
    await tab.subscribe(channel, 'said', 'client-said');
    const other = await newTab();
    await other.connect(pages, { ...clientOptions(url), enabledTransports: ['ws'] });
    await other.subscribe(channel, 'client-said');
    const { socketId } = await tab.look();

    await pusherApi(url).trigger(channel, 'said', { by: 'the server' });
    await tab.until(({ heard }) => heard.length === 1, 'the event');
    await other.trigger(channel, 'client-said', { by: 'the other' });
    await tab.until(({ heard }) => heard.length === 2, 'the client event');
    await tab.trigger(channel, 'client-said', { by: 'the tab' });
    await other.until(({ heard }) => heard.length === 1, 'the client event of the tab');
    expect((await other.look()).heard).toEqual([{ by: 'the tab' }]);
    expect(await tab.look()).toEqual({
      state: 'connected',
      socketId,
      transport,
      heard: [{ by: 'the server' }, { by: 'the other' }],
    });
  });

  it('G3: gets each event once and in order, over as many responses as that takes', async () => {
    const url = bed().cluster.url;
    const channel = unique();
    const tab = await newTab({ isWithoutWebSocket: true });
    await tab.connect(pages, { ...clientOptions(url), enabledTransports: [transport] });
    await tab.subscribe(channel, 'said');
    const { socketId } = await tab.look();
    const api = pusherApi(url);
    for (let n = 0; n < 80; n++) {
      await api.trigger(channel, 'said', { n, text: '弹'.repeat(8_000) });
    }
    await tab.until(({ heard }) => heard.length >= 80, 'all events');
    const seen = await tab.look();
    expect(seen.heard).toMatchObject(Array.from({ length: 80 }, (_, n) => ({ n })));
    expect(seen.socketId).toBe(socketId);
    const requests = tab.asked.filter((it) => it !== 'xhr_send').length;
    expect(requests).toBeGreaterThan(2);
    if (transport === 'xhr_streaming') expect(requests).toBeLessThan(5);
  });
});

test('a browser whose network refuses WebSockets gets its events with default options', async () => {
  const url = await pages.withoutWebSockets(bed().cluster.url);
  const channel = unique();
  const tab = await newTab();
  await tab.connect(pages, clientOptions(url));
  await tab.subscribe(channel, 'said');
  await pusherApi(url).trigger(channel, 'said', { n: 1 });
  await tab.until(({ heard }) => heard.length === 1, 'the event');
  expect(await tab.look()).toMatchObject({ transport: 'xhr_streaming', heard: [{ n: 1 }] });
});

describe('behind Nginx', () => {
  it('all requests of a session come to one gateway, and sessions to all gateways', async () => {
    const { url } = bed().cluster;
    const channel = unique();
    const listeners: Listener[] = [];
    await waitFor(
      async () => {
        for (const transport of TRANSPORTS) listeners.push(new Listener(url, channel, transport));
        await untilAll(listeners, ({ isSubscribed }) => isSubscribed, 'all have subscribed');
        return listeners.length >= 12 && new Set(listeners.map((it) => it.gateway)).size === 3;
      },
      { what: 'every gateway has some', timeoutMs: 60_000, everyMs: 250 },
    );
    const api = pusherApi(url);
    for (let n = 0; n < 10; n++) await api.trigger(channel, 'said', { n });
    await untilAll(listeners, ({ heard }) => heard.length >= 10, 'all have heard all');
    for (const { heard, ids } of listeners) {
      expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(ids).toHaveLength(1);
    }
  });

  it('a send finds the gateway of its session, also where its hash names another one', async () => {
    const { url, gateways } = bed().cluster;
    for (const gateway of gateways) {
      const session = `${PUSHER_APP.key}/1/${unique().slice(0, 8)}`;
      const ask = (base: string, action: string, body: string) =>
        fetch(`${base}/pusher/app/${session}/${action}?protocol=7`, { method: 'POST', body });
      expect(await (await ask(gateway, 'xhr', '')).text()).toBe('o\n');
      expect(await (await ask(gateway, 'xhr', '')).text()).toContain('connection_established');
      const ping = JSON.stringify([JSON.stringify({ event: 'pusher:ping', data: {} })]);
      expect((await ask(url, 'xhr_send', ping)).status).toBe(204);
      expect(await (await ask(gateway, 'xhr', '')).text()).toContain('pusher:pong');
    }
    const unknown = `${url}/pusher/app/${PUSHER_APP.key}/1/${unique().slice(0, 8)}/xhr_send`;
    expect((await fetch(unknown, { method: 'POST', body: '[]' })).status).toBe(404);
  });

  it.each([
    { what: 'is asked to end', signal: 'SIGTERM' as const },
    { what: 'dies', signal: 'SIGKILL' as const },
  ])('G7, G8: when a gateway $what, its clients go on elsewhere', async ({ signal }) => {
    const { cluster } = bed();
    const channel = unique();
    const victim = new Listener(cluster.gateway(1), channel, 'ws');
    await untilAll([victim], ({ isSubscribed }) => isSubscribed, 'a connection of the gateway');
    const { gateway } = victim;
    const listeners: Listener[] = [];
    const hit = () => listeners.filter((it) => it.gateway === gateway);
    await waitFor(
      async () => {
        for (const transport of TRANSPORTS) {
          listeners.push(new Listener(cluster.url, channel, transport));
        }
        await untilAll(listeners, ({ isSubscribed }) => isSubscribed, 'all have subscribed');
        return listeners.length >= 8 && hit().length >= 2;
      },
      { what: 'the gateway has some', timeoutMs: 60_000, everyMs: 250 },
    );
    const moving = hit();
    kill(cluster.pid(1), signal);
    await untilAll(
      moving,
      ({ ids, isSubscribed, gateway: now }) => ids.length > 1 && now !== gateway && isSubscribed,
      'its clients are elsewhere',
    );
    await pusherApi(cluster.gateway(0)).trigger(channel, 'said', { n: 7 });
    await untilAll(listeners, ({ heard }) => heard.includes(7), 'all hear');
  });

  it('takes bodies for the HTTP API that are larger than those of others', async () => {
    const { host, port } = addressOf(bed().cluster.url);
    const big = JSON.stringify({ text: 'x'.repeat(2 * 1024 * 1024) });
    const post = (path: string) =>
      fetch(`http://${host}:${String(port)}${path}`, { method: 'POST', body: big });
    // Not signed: but it is the gateway that says so.
    expect((await post(`/apps/${PUSHER_APP.id}/events`)).status).toBe(401);
    expect((await post('/api/rooms')).status).toBe(413);
  });
});
