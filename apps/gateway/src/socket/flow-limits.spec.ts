import { setTimeout as delay } from 'node:timers/promises';
import { CLOSE_CODES } from '@hubbub/protocol';
import { APP } from '../pusher/testing/pusher-bed';
import { TestClient } from '../pusher/testing/test-client';
import { until } from '../testing/until';
import type { Frame, RoomClient } from './testing/room-client';
import { SocketBed } from './testing/socket-bed';

const RATE = 50;
const BURST = 60;
const FROM = '203.0.113.1';
const NUMBER: unknown = expect.any(Number);
const WITH_A_TIME: unknown = expect.stringContaining('again in');

let bed: SocketBed;
beforeAll(async () => {
  bed = await SocketBed.start({
    FRAME_RATE: String(RATE),
    FRAME_BURST: String(BURST),
    BYTE_RATE: '20000',
    BYTE_BURST: '40000',
    JOIN_RATE: '5',
    JOIN_BURST: '3',
    ROOMS_PER_CONNECTION: '4',
  });
});
afterEach(() => bed.clear());
afterAll(() => bed.close());

/** Sends without an end, a little at a time, until the client is closed. @returns how many it has sent. */
async function flood(client: { closed: unknown }, send: () => void): Promise<number> {
  let sent = 0;
  while (!client.closed) {
    for (let i = 0; i < 50 && !client.closed; i++, sent++) send();
    await delay(1);
  }
  return sent;
}

const swallowed = (send: () => void) => () => {
  try {
    send();
  } catch {
    // The socket is closing: what is sent now is sent to nobody.
  }
};

function okCount(client: RoomClient): number {
  return client.frames.filter(({ event }) => event === 'ok').length;
}

describe('frames of one connection', () => {
  it('beyond a burst are each refused with a time, after which they are taken', async () => {
    const client = await bed.open({ from: FROM });
    const ids: number[] = [];
    const refused: Frame[] = [];
    // While they come, the rate gives some more: to a gateway that is held up it may give as many.
    while (refused.length === 0) {
      const more = Array.from({ length: BURST + 30 }, () => client.send('ping'));
      ids.push(...more);
      const replies = await Promise.all(more.map((id) => client.reply(id)));
      refused.push(...replies.filter(({ event }) => event === 'error'));
    }
    expect(okCount(client)).toBeGreaterThanOrEqual(BURST);
    for (const { data } of refused) {
      expect(data).toMatchObject({ code: 'rate_limited', retryAfterMs: NUMBER });
    }
    // P7: in the order in which they came.
    expect(client.frames.slice(1).map(({ id }) => id)).toEqual(ids);
    await delay(Number(refused.at(-1)?.data['retryAfterMs']));
    expect(await client.ask('ping')).toMatchObject({ event: 'ok' });
    expect(await bed.limited('frames')).toBeGreaterThan(0);
  });

  it('that keep to the rate are all taken', async () => {
    const client = await bed.open({ from: FROM });
    for (let i = 0; i < 2 * BURST; i++) {
      client.send('ping');
      await delay(1_000 / RATE);
    }
    await client.ask('ping');
    expect(client.errors('rate_limited')).toEqual([]);
  });

  it('without an end close 4429, and everybody else is served meanwhile', async () => {
    const [client, other] = [await bed.open({ from: FROM }), await bed.open({ from: FROM })];
    const over = flood(
      client,
      swallowed(() => client.send('ping')),
    );
    let answered = 0;
    const startedAt = performance.now();
    while (!client.closed) {
      expect(await other.ask('ping')).toMatchObject({ event: 'ok' });
      answered++;
      await delay(50);
    }
    await over;
    expect(client.closed).toEqual({ code: CLOSE_CODES.tooMany.code, reason: 'tooMany' });
    expect(answered).toBeGreaterThan(0);
    // So much was answered before patience was at its end: ten seconds of the rate, and what the rate gave meanwhile.
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(client.errors('rate_limited').length).toBeGreaterThan(RATE);
    expect(client.errors('rate_limited').length).toBeLessThan((12 + seconds) * RATE);
  });

  it('without an end from one who does not read are ended all the same', async () => {
    const client = await bed.open({ from: FROM });
    client.ws.pause();
    const connections = async () => {
      const text = await (await fetch(`http://${bed.host}/metrics`)).text();
      return Number(/^hubbub_connections\{[^}]*\} (\d+)$/m.exec(text)?.[1]);
    };
    while ((await connections()) > 0) {
      for (let i = 0; i < 50; i++) swallowed(() => client.send('ping'))();
    }
    client.ws.resume();
    await client.end();
  });

  it.each([
    ['pong', [CLOSE_CODES.tooMany.code]],
    // `ws` itself drops who asks for more pongs at once than it can write: whichever comes first.
    ['ping', [CLOSE_CODES.tooMany.code, 1006]],
  ] as const)(
    'that are a %s of the WebSocket count, and end it without an end',
    async (kind, ends) => {
      const client = await bed.open({ from: FROM });
      const sent = await flood(
        client,
        swallowed(() => {
          client.ws[kind]();
        }),
      );
      expect(ends).toContain(client.closed?.code);
      expect(sent).toBeGreaterThan(BURST);
    },
  );

  it('are not counted for a bot, nor where the address is exempt', async () => {
    const token = await bed.botToken('flooder');
    for (const options of [{ token, from: FROM }, {}]) {
      const client = await bed.open(options);
      const ids = Array.from({ length: 30 * BURST }, () => client.send('ping'));
      await Promise.all(ids.map((id) => client.reply(id)));
      expect(client.errors('rate_limited')).toEqual([]);
    }
  });
});

describe('bytes of one connection', () => {
  it('beyond a burst are refused with a time', async () => {
    const client = await bed.open({ from: FROM });
    const pad = 'x'.repeat(15_000);
    const replies: Frame[] = [];
    while (!replies.some(({ event }) => event === 'error')) {
      replies.push(await client.ask('ping', { pad }));
    }
    expect(replies.slice(0, 3).every(({ event }) => event === 'ok')).toBe(true);
    const refused = replies.filter(({ event }) => event === 'error');
    const { code, retryAfterMs } = refused.at(-1)?.data ?? {};
    expect(code).toBe('rate_limited');
    await delay(Number(retryAfterMs));
    expect(await client.ask('ping')).toMatchObject({ event: 'ok' });
  });

  it('without an end close 4429', async () => {
    const client = await bed.open({ from: FROM });
    const pad = 'x'.repeat(15_000);
    const sent = await flood(
      client,
      swallowed(() => client.send('ping', { pad })),
    );
    expect(client.closed?.code).toBe(CLOSE_CODES.tooMany.code);
    expect(sent).toBeGreaterThan(3);
  });
});

describe('joins of one connection', () => {
  it('beyond a burst are refused with a time, and then taken', async () => {
    const room = await bed.room('busy', await bed.accountToken('maker'));
    const client = await bed.open({ from: FROM });
    const replies = [];
    for (let i = 0; i < 3; i++) {
      replies.push(await client.ask('join', { room }), await client.ask('leave', { room }));
    }
    expect(replies.every(({ event }) => event === 'ok')).toBe(true);
    // More than the rate gives in some seconds, should the gateway be held up.
    const ids = Array.from({ length: 30 }, () => client.send('join', { room }));
    const refused = (await Promise.all(ids.map((id) => client.reply(id)))).at(-1)?.data;
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterMs: NUMBER });
    expect(await bed.limited('joins')).toBeGreaterThan(0);
    // Everything else goes on.
    expect(await client.ask('ping')).toMatchObject({ event: 'ok' });
    await delay(Number(refused?.['retryAfterMs']));
    expect(await client.ask('join', { room })).toMatchObject({ event: 'ok' });
  });

  it('are to so many rooms at a time as the welcome says', async () => {
    const maker = await bed.accountToken('many');
    const client = await bed.open();
    expect(client.welcome['limits']).toMatchObject({ rooms: 4 });
    for (let i = 0; i < 4; i++) {
      const room = await bed.room(`many-${String(i)}`, maker);
      expect(await client.ask('join', { room })).toMatchObject({ event: 'ok' });
    }
    const last = await bed.room('many-last', maker);
    expect((await client.ask('join', { room: last })).data).toMatchObject({
      code: 'too_many_rooms',
    });
    await client.ask('leave', { room: 'many-0' });
    expect(await client.ask('join', { room: last })).toMatchObject({ event: 'ok' });
  });
});

describe('messages of a Pusher connection', () => {
  async function open(from: string): Promise<TestClient> {
    const client = bed.pusher.dial(bed.pusher.url(APP.key), { 'x-forwarded-for': from });
    await client.next('pusher:connection_established');
    return client;
  }

  const faults = (client: TestClient) =>
    client.messages.filter(({ event }) => event === 'pusher:error').map(({ data }) => data);

  it('beyond a burst are refused, and the connection goes on', async () => {
    const client = await open(FROM);
    await until('one is refused', async () => {
      for (let i = 0; i < BURST + 30; i++) client.send({ event: 'pusher:ping', data: {} });
      await delay(100);
      return faults(client).length > 0;
    });
    expect(faults(client)[0]).toMatchObject({ code: 4301, message: WITH_A_TIME });
    // Should the gateway be held up between the two, a second lot is refused whole: 90 at the rate.
    await delay(2_000);
    await client.settle();
    expect(client.closed).toBeNull();
  });

  it('without an end close 4100', async () => {
    const client = await open(FROM);
    await flood(
      client,
      swallowed(() => {
        client.send({ event: 'pusher:ping', data: {} });
      }),
    );
    expect(client.closed?.code).toBe(4100);
    expect(faults(client).at(-1)).toMatchObject({ code: 4100 });
  });

  it('are not counted where the address is exempt', async () => {
    const client = await bed.pusher.connect();
    for (let i = 0; i < 30 * BURST; i++) client.send({ event: 'pusher:ping', data: {} });
    await client.settle();
    expect(faults(client)).toEqual([]);
  });
});
