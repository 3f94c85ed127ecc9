import { once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from '../testing/until';
import type { PatienceMs } from './pusher-connections';
import { PusherDoor } from './testing/pusher-door';
import { TestApps } from './testing/test-apps';
import type { WebhookEvent } from './webhook-event';

const HOUR_MS = 3_600_000;

const apps = new TestApps();
const app = apps.add({
  webhooks: [
    {
      target: { url: 'http://127.0.0.1:1' },
      eventTypes: ['$connect', '$disconnect', '$default'],
      headers: {},
      filter: { startsWith: '', endsWith: '' },
    },
  ],
});

/** With less patience than a gateway has. */
async function openDoor(patience: Partial<PatienceMs>, recorded: WebhookEvent[] = []) {
  const door = new PusherDoor({
    apps,
    patience: { pingAfterMs: 200, ...patience },
    webhooks: { record: (_, event) => recorded.push(event) },
  });
  await door.open();
  return door;
}

async function connect(door: PusherDoor, options: { autoPong: boolean }) {
  const ws = new WebSocket(`ws://${door.host}/app/${app.key}?protocol=7`, options);
  const events: string[] = [];
  ws.on('message', (data: Buffer) => {
    events.push((JSON.parse(data.toString()) as { event: string }).event);
  });
  /** Heard also where nobody waits for it yet. */
  const closed = once(ws, 'close').then((close) => {
    const [code, reason] = close as [number, Buffer];
    return { code, reason: reason.toString() };
  });
  await once(ws, 'message');
  return { ws, events, closed };
}

describe('a connection that says nothing', () => {
  let door: PusherDoor;
  let dead: Awaited<ReturnType<typeof connect>>;
  let living: typeof dead;
  let quiet: typeof dead;

  beforeAll(async () => {
    // Who answers is silent from one sweep to the next, and as long as this process is held up: a silence that counts is longer.
    door = await openDoor({ closeAfterMs: 4_500, inactiveMs: 6_500 });
    [dead, living, quiet] = await Promise.all([
      connect(door, { autoPong: false }),
      connect(door, { autoPong: false }),
      connect(door, { autoPong: true }),
    ]);
    living.ws.on('message', (data: Buffer) => {
      if (data.toString().includes('pusher:ping')) living.ws.send('{"event":"pusher:pong"}');
    });
  });
  afterAll(() => door.close());

  it('is pinged, and is closed 4201 where nothing comes back', async () => {
    expect(await dead.closed).toEqual({ code: 4201, reason: 'Pong reply not received' });
    expect(dead.events).toContain('pusher:ping');
  });

  it('stays where only its network answers, and is closed 4202 after a long time', async () => {
    expect(await quiet.closed).toEqual({ code: 4202, reason: 'Closed after inactivity' });
    // A client that answers stays, however long it has nothing to say.
    expect(living.ws.readyState).toBe(WebSocket.OPEN);
  });
});

describe('an app that wants to know of single connections', () => {
  it('hears of each that comes and goes, and what it says that is none of the protocol', async () => {
    const recorded: WebhookEvent[] = [];
    const door = await openDoor({ closeAfterMs: 60_000, inactiveMs: HOUR_MS }, recorded);
    const { ws, events } = await connect(door, { autoPong: true });
    ws.send('{"action":"greet"}');
    ws.send('{"event":"pusher:ping"}');
    while (!events.includes('pusher:pong')) await once(ws, 'message');
    ws.close(4999);
    await until('all is recorded', () => recorded.length >= 3);
    expect(events).not.toContain('pusher:error');
    const socket_id = expect.stringMatching(/^\d+\.\d+$/) as string;
    expect(recorded).toEqual([
      { name: '$connect', socket_id, source_ip: '127.0.0.1', user_agent: '' },
      { name: '$default', socket_id, body: '{"action":"greet"}' },
      { name: '$disconnect', socket_id, code: 4999 },
    ]);
    await door.close();
  });
});
