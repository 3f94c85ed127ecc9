import { createHash } from 'node:crypto';
import Pusher from 'pusher-js';
import { RoomListReply, RoomDetails } from '@hubbub/protocol';
import { unique, type Api, type Person } from '../testing/api';
import { Bed } from '../testing/bed';
import { Cluster } from '../testing/cluster';
import { clientOptions, PUSHER_APP, pusherApi } from '../testing/pusher-pages';
import { PusherSocket, sign } from '../testing/pusher-socket';
import { newKey } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';
import { WebhookReceiver } from '../testing/webhook-receiver';

jest.setTimeout(120_000);

/** In every text and title of the private rooms, and nowhere else. */
const SECRET = `among-us-${unique()}`;
/** Rooms that there are not. */
const NO_ROOM = `room-${unique()}`;
const NO_PAIR = `~${createHash('sha256').update(unique()).digest('hex').slice(0, 32)}`;

const OUTSIDERS = ['nobody', 'a guest', 'an account', 'a removed member'] as const;
type Outsider = (typeof OUTSIDERS)[number];

let receiver: WebhookReceiver;
let bed: Bed;
let api: Api;
let owner: Person;
let muted: Person;
/** A private room, and a room of two; what is said in them has the secret. */
let room: string;
let pair: string;
const people = new Map<Outsider, Person | undefined>();
const pushers: Pusher[] = [];
const sockets: PusherSocket[] = [];

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  const types = ['client_event', 'channel_occupied', 'member_added', 'subscription_count'];
  const webhooks = JSON.stringify([{ url: receiver.url, event_types: types }]);
  bed = new Bed(
    await Cluster.start({ gateways: 2, env: { SOKETI_DEFAULT_APP_WEBHOOKS: webhooks } }),
  );
  await bed.cluster.isWhole();
  api = bed.api;
  owner = await api.account();
  muted = await api.account();
  const removed = await api.account();
  room = await api.room(owner, { visibility: 'private', title: `Title ${SECRET}`, state: 'live' });
  const as = { token: owner.token };
  for (const { id } of [muted, removed]) {
    await api.must('PUT', `/api/rooms/${room}/members/${id}`, { ...as, body: { role: 'member' } });
  }
  const made = await api.must('POST', '/api/direct', { ...as, body: { user: muted.id } });
  pair = RoomDetails.parse(made).slug;
  const keeper = await bed.open(0, as);
  for (const slug of [room, pair]) {
    await keeper.ok('join', { room: slug });
    for (let i = 0; i < 5; i++) await keeper.say(slug, `${SECRET} ${String(i)}`);
  }
  const member = await bed.open(1, { token: removed.token });
  await member.ok('join', { room });
  await api.must('DELETE', `/api/rooms/${room}/members/${removed.id}`, as);
  await keeper.ok('mute', { room, user: muted.id, seconds: 3600 });
  people.set('nobody', undefined);
  people.set('a guest', await api.guest());
  people.set('an account', await api.account());
  people.set('a removed member', removed);
}, 400_000);

afterEach(async () => {
  for (const client of pushers.splice(0)) client.disconnect();
  for (const socket of sockets.splice(0)) socket.drop();
  await bed.clear();
});

afterAll(async () => {
  await bed.cluster.stop();
  await receiver.close();
}, 60_000);

interface Way {
  method: string;
  path: (slug: string) => string;
  body?: (slug: string) => object;
}

const under = (rest: string) => (slug: string) => `/api/rooms/${slug}${rest}`;

/** All that REST has of one room. */
const WAYS: Way[] = [
  { method: 'GET', path: under('') },
  { method: 'GET', path: under('/entries') },
  { method: 'GET', path: under('/entries?after=0&limit=200') },
  { method: 'GET', path: under('/entries?before=3') },
  { method: 'GET', path: under('/members') },
  { method: 'GET', path: under('/mutes') },
  { method: 'POST', path: under('/messages'), body: () => ({ key: newKey(), text: 'let me in' }) },
  {
    method: 'POST',
    path: under('/messages'),
    body: () => ({ key: newKey(), text: 'and this?', replyTo: 1 }),
  },
  { method: 'PATCH', path: under(''), body: () => ({ title: 'mine now' }) },
  { method: 'PATCH', path: under(''), body: () => ({ visibility: 'public' }) },
  { method: 'PUT', path: under('/members/somebody'), body: () => ({ role: 'member' }) },
  { method: 'DELETE', path: under('/members/somebody') },
  { method: 'DELETE', path: under('') },
  {
    method: 'POST',
    path: () => '/api/pusher/auth',
    body: (slug) => ({ socket_id: '1.2', channel_name: `presence-room.${slug}` }),
  },
];

/** All that the room protocol has of one room. */
const requestsOf = (slug: string): [string, object][] => [
  ['join', { room: slug }],
  ['join', { room: slug, after: 0 }],
  ['join', { room: slug, after: 3 }],
  ['history', { room: slug }],
  ['history', { room: slug, after: 0, limit: 200 }],
  ['history', { room: slug, before: 4 }],
  ['send', { room: slug, key: 'a-key-of-mine', text: 'let me in' }],
  ['delete', { room: slug, seq: 1 }],
  ['mute', { room: slug, user: 'somebody' }],
  ['unmute', { room: slug, user: 'somebody' }],
  ['like', { room: slug, count: 1 }],
  ['typing', { room: slug }],
  ['read', { room: slug, seq: 3 }],
];

function as(who: Person | undefined): { token?: string } {
  return who ? { token: who.token } : {};
}

/** Without what is only the question, said back. */
function withoutName(answer: unknown, slug: string): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(slug, 'ROOM')) as unknown;
}

describe.each(OUTSIDERS)('G10: a private room, for %s', (outsider) => {
  it('is answered by REST as one that is not there, at every door', async () => {
    const who = people.get(outsider);
    for (const door of ['nginx', 0, 1] as const) {
      for (const { method, path, body } of WAYS) {
        const ask = async (slug: string) => {
          const response = await fetch(bed.at(door) + path(slug), {
            method,
            headers: {
              'content-type': 'application/json',
              ...(who && { authorization: `Bearer ${who.token}` }),
            },
            body: body ? JSON.stringify(body(slug)) : null,
          });
          return { status: response.status, body: (await response.json()) as { code: string } };
        };
        for (const [there, missing] of [
          [room, NO_ROOM],
          [pair, NO_PAIR],
        ] as const) {
          const answer = await ask(there);
          expect(JSON.stringify(answer)).not.toContain(SECRET);
          expect(['not_found', 'unauthenticated', 'forbidden']).toContain(answer.body.code);
          const of = `${method} ${path('ROOM')}`;
          expect([of, withoutName(answer, there)]).toEqual([
            of,
            withoutName(await ask(missing), missing),
          ]);
        }
      }
    }
  });

  it('is refused by the room protocol, and one of two is not even there', async () => {
    const who = people.get(outsider);
    for (const door of ['nginx', 0, 1] as const) {
      const client = await bed.open(door, as(who));
      for (const [event, data] of requestsOf(room)) {
        const { code } = await client.refused(event, data);
        const expected = ['forbidden', 'not_joined', 'unauthenticated'];
        expect([event, expected.includes(code)]).toEqual([event, true]);
      }
      const missing = requestsOf(NO_PAIR);
      for (const [i, [event, data]] of requestsOf(pair).entries()) {
        const answer = withoutName(await client.refused(event, data), pair);
        const [, otherData] = missing[i]!;
        const other = withoutName(await client.refused(event, otherData), NO_PAIR);
        expect([event, answer]).toEqual([event, other]);
      }
      // Somebody speaks meanwhile, and is seen by who may.
      const keeper = await bed.open(0, { token: owner.token });
      const reader = await bed.open(1, { token: owner.token });
      for (const one of [keeper, reader]) await one.ok('join', { room });
      const { seq } = await keeper.say(room, `${SECRET} said later`);
      await waitFor(() => reader.logs(room).some(({ to }) => to >= seq), { what: 'it is seen' });
      expect(JSON.stringify(client.frames)).not.toContain(SECRET);
      expect(client.logs(room)).toEqual([]);
      expect(client.pulses(room)).toEqual([]);
    }
  });

  it('is in no list of rooms', async () => {
    const who = people.get(outsider);
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await api.must('GET', `/api/rooms?limit=100${query}&q=${room}`, as(who));
      for (const slug of [room, pair, SECRET]) expect(JSON.stringify(page)).not.toContain(slug);
      cursor = RoomListReply.parse(page).next;
    }
  });
});

describe('G10: a private room, by the protocol of Pusher', () => {
  /** What a subscription is answered with, without the channel's name. */
  async function refusal(url: string, channel: string, memberId?: string): Promise<unknown> {
    const socket = await PusherSocket.open(url);
    sockets.push(socket);
    const member = memberId === undefined ? undefined : JSON.stringify({ user_id: memberId });
    const signed = [socket.socketId, channel, ...(member ? [member] : [])].join(':');
    socket.send({
      event: 'pusher:subscribe',
      data: {
        channel,
        auth: `${PUSHER_APP.key}:${sign(signed)}`,
        ...(member && { channel_data: member }),
      },
    });
    const error = 'pusher:subscription_error';
    const [answer] = await waitFor(
      () => {
        const errors = socket.of(channel, error);
        return errors.length > 0 ? errors : null;
      },
      { what: `${channel} is refused` },
    );
    expect(JSON.stringify(socket.messages)).not.toContain(SECRET);
    return answer?.data;
  }

  it('is refused as one that is not there, whatever the app’s secret signs', async () => {
    for (const door of ['nginx', 0, 1] as const) {
      const url = bed.at(door);
      const missing = await refusal(url, `room.${NO_ROOM}`);
      expect(missing).toMatchObject({ type: 'AuthError', status: 404 });
      expect(await refusal(url, `room.${room}`)).toEqual(missing);
      for (const member of [owner.id, muted.id, 'somebody-else']) {
        expect(await refusal(url, `presence-room.${room}`, member)).toEqual(missing);
        expect(await refusal(url, `presence-room.${NO_ROOM}`, member)).toEqual(missing);
      }
      expect(await refusal(url, `room.${pair}`)).toEqual(await refusal(url, `room.${NO_PAIR}`));
      expect(await refusal(url, `presence-room.${pair}`, owner.id)).toEqual(
        await refusal(url, `presence-room.${NO_PAIR}`, owner.id),
      );
    }
  });

  it.each(['xhr_streaming', 'xhr_polling'] as const)('is refused by %s, too', async (transport) => {
    const client = new Pusher(PUSHER_APP.key, {
      ...clientOptions(bed.cluster.url),
      enabledTransports: [transport],
    });
    pushers.push(client);
    const heard: { event: string; data: unknown }[] = [];
    client.bind_global((event: string, data: unknown) => heard.push({ event, data }));
    client.subscribe(`room.${room}`);
    client.subscribe(`room.${NO_ROOM}`);
    const errors = () => heard.filter(({ event }) => event === 'pusher:subscription_error');
    await waitFor(() => errors().length === 2, { what: 'both are refused' });
    const [first, second] = errors();
    expect(first).toEqual(second);
    expect(JSON.stringify(heard)).not.toContain(SECRET);
  });

  it('is not told of by the HTTP API, nor to webhooks', async () => {
    await refusal(bed.at(0), `room.${room}`);
    const asked = pusherApi(bed.cluster.url);
    const get = async (path: string, params?: Record<string, string>) =>
      (await asked.get({ path, ...(params && { params }) })).text();
    for (const kind of ['room', 'presence-room']) {
      const of = (slug: string) => get(`/channels/${kind}.${slug}`);
      expect(await of(room)).toBe(await of(NO_ROOM));
    }
    const users = (slug: string) => get(`/channels/presence-room.${slug}/users`);
    expect(await users(room)).toBe(await users(NO_ROOM));
    expect(await get('/channels')).not.toContain(room);
    // What is posted comes in order: this is behind whatever the attempts would have posted.
    const open = await api.room(owner);
    const socket = await PusherSocket.open(bed.at(0));
    sockets.push(socket);
    await socket.join(`room.${open}`);
    await waitFor(() => receiver.of('channel_occupied', `room.${open}`).length > 0, {
      what: 'the webhook of an open room',
    });
    for (const text of [room, pair.slice(1), SECRET]) {
      expect(JSON.stringify(receiver.events)).not.toContain(text);
    }
  });

  it('a public room’s texts are in no webhook', async () => {
    const open = await api.room(owner);
    const speaker = await PusherSocket.open(bed.at(0));
    sockets.push(speaker);
    const channel = `presence-room.${open}`;
    await speaker.join(channel, owner.id);
    const text = `heard ${unique()}`;
    speaker.send({ event: 'client-message', channel, data: { text } });
    await waitFor(() => speaker.of(channel, 'message').length > 0, { what: 'it is said' });
    const ordinary = `presence-${unique()}`;
    await speaker.join(ordinary, owner.id);
    speaker.send({ event: 'client-note', channel: ordinary, data: {} });
    await waitFor(() => receiver.of('client_event', ordinary).length > 0, {
      what: 'a later client event is posted',
    });
    expect(JSON.stringify(receiver.events)).not.toContain(text);
  });
});

describe('a member who is muted', () => {
  it('reads by every way, and is told by every way that they may not speak', async () => {
    const { entries } = await (await bed.open(1, as(muted))).ok('join', { room, after: 0 });
    expect(JSON.stringify(entries)).toContain(SECRET);
    for (const door of ['nginx', 0, 1] as const) {
      const client = await bed.open(door, as(muted));
      expect((await client.ok('join', { room })).you.role).toBe('member');
      expect(JSON.stringify(await client.ok('history', { room }))).toContain(SECRET);
      const send = { room, key: newKey(), text: 'me too' };
      expect((await client.refused('send', send)).code).toBe('muted');
      await client.ok('read', { room, seq: 2 });
      for (const path of [`/api/rooms/${room}`, `/api/rooms/${room}/entries`]) {
        const answer = await api.must('GET', path, as(muted));
        expect(JSON.stringify(answer)).toContain(SECRET);
      }
      const reply = await api.call('POST', `/api/rooms/${room}/messages`, {
        ...as(muted),
        body: { key: newKey(), text: 'me too' },
      });
      expect(reply).toMatchObject({ status: 403, body: { code: 'muted' } });
      for (const [event, data] of [
        ['delete', { room, seq: 3 }],
        ['mute', { room, user: owner.id }],
        ['unmute', { room, user: muted.id }],
      ] as const) {
        expect((await client.refused(event, data)).code).toBe('forbidden');
      }
    }
  });
});
