import { createHmac } from 'node:crypto';
import Echo from 'laravel-echo';
import Pusher, { type ChannelAuthorizationOptions } from 'pusher-js';
import type { Entry, PulseData } from '@hubbub/protocol';
import type { Person } from '../testing/api';
import { useCluster, type Door } from '../testing/bed';
import { kill } from '../testing/processes';
import { talk } from '../testing/talk';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();

/** The app that the cluster has by itself. */
const APP = { key: 'app-key', secret: 'app-secret' };
const WITHIN_MS = 1_000;

const clients: Pusher[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

function connect(door: Door, channelAuthorization?: ChannelAuthorizationOptions): Pusher {
  const { hostname, port } = new URL(bed().at(door));
  const client = new Pusher(APP.key, {
    cluster: '',
    wsHost: hostname,
    wsPort: Number(port),
    forceTLS: false,
    enabledTransports: ['ws'],
    ...(channelAuthorization && { channelAuthorization }),
  });
  clients.push(client);
  return client;
}

/** As somebody who has signed in at Hubbub. */
function connectAs({ token }: Person, door: Door): Pusher {
  const endpoint = `${bed().cluster.url}/api/pusher/auth`;
  const headers = { Authorization: `Bearer ${token}` };
  return connect(door, { transport: 'ajax', endpoint, headers });
}

/** As somebody whom the app's own server signs for. */
function connectSigned(member: { user_id: string; user_info: object }, door: Door): Pusher {
  const data = JSON.stringify(member);
  return connect(door, {
    customHandler: ({ socketId, channelName }, answer) => {
      const hmac = createHmac('sha256', APP.secret).update(`${socketId}:${channelName}:${data}`);
      answer(null, { auth: `${APP.key}:${hmac.digest('hex')}`, channel_data: data });
    },
  });
}

/** A room's channel: every event in the order in which it came. */
class Listener {
  readonly events: { event: string; data: unknown }[] = [];
  readonly entries: Entry[] = [];

  constructor(
    readonly client: Pusher,
    readonly channel: string,
  ) {
    client.subscribe(channel).bind_global((event: string, data: unknown) => {
      this.events.push({ event, data });
      if (typeof data === 'object' && data && 'seq' in data) this.entries.push(data as Entry);
    });
  }

  static async on(client: Pusher, channel: string): Promise<Listener> {
    const listener = new Listener(client, channel);
    await waitFor(() => listener.of('pusher:subscription_succeeded').length > 0, {
      what: `${channel} is subscribed to`,
    });
    return listener;
  }

  of(event: string): unknown[] {
    return this.events.filter((it) => it.event === event).map(({ data }) => data);
  }

  texts(): string[] {
    return this.entries.flatMap((entry) => ('text' in entry ? entry.text : []));
  }

  say(text: string): void {
    this.client.channel(this.channel).trigger('client-message', { text });
  }

  refusal(): Promise<unknown> {
    return waitFor(() => this.of('pusher:subscription_error')[0], {
      what: `${this.channel} is refused`,
    });
  }
}

const numbersOf = (entries: readonly Entry[]) => entries.map(({ seq }) => seq);

describe('a room as a channel', () => {
  it('G2: gives what is said at any gateway, each entry once and in order, at every gateway and in both forms', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const listeners = await Promise.all(
      ([0, 1, 2, 'nginx'] as const).map((door) => Listener.on(connect(door), `room.${room}`)),
    );
    const member = connectAs(await api.guest(), 'nginx');
    listeners.push(await Listener.on(member, `presence-room.${room}`));
    const writers = await Promise.all(
      [0, 1].map(async (gateway) => bed().open(gateway, { token: (await api.bot()).token })),
    );
    for (const writer of writers) await writer.ok('join', { room });
    const said = await Promise.all(
      writers.map((writer, i) => talk(writer, room, { count: 150, name: String(i) })),
    );
    const last = said.flat().length;
    const log = await writers[0]!.ok('history', { room, after: 0, limit: 200 });
    for (const listener of listeners) {
      await waitFor(() => listener.entries.length >= last, { what: 'all is heard' });
      expect(numbersOf(listener.entries)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
      expect(listener.entries.slice(0, 200)).toEqual(log.entries);
    }
  });

  it('is spoken in by Laravel Echo, and read by the room protocol', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const guest = await api.guest();
    const reader = await bed().open(1);
    await reader.ok('join', { room });
    const echo = new Echo({
      broadcaster: 'pusher',
      client: connectAs(guest, 0),
      key: APP.key,
    });
    const heard: Entry[] = [];
    const faults: unknown[] = [];
    let isIn = false;
    const channel = echo
      .join(`room.${room}`)
      .here(() => (isIn = true))
      .listen('.message', (entry: Entry) => heard.push(entry))
      .listen('.pusher:error', (fault: unknown) => faults.push(fault));
    await waitFor(() => isIn, { what: 'Echo is in the room' });
    channel.whisper('message', { text: 'from Echo', key: 'a-key-of-echo' });
    channel.whisper('message', { text: 'from Echo', key: 'a-key-of-echo' });
    const seen = () => reader.logs(room).flatMap(({ entries }) => entries);
    await waitFor(() => seen().length > 0 && heard.length > 0, { what: 'it is said' });
    channel.whisper('message', { text: '' });
    await waitFor(() => faults.length > 0, { what: 'it is refused' });
    expect(seen()).toMatchObject([{ user: { id: guest.id }, text: 'from Echo' }]);
    expect(heard).toEqual(seen());
    expect(faults).toMatchObject([{ code: 4301, message: 'invalid: text: text is empty' }]);
  });

  it('G9: is moderated: who is muted is told so, and what is deleted is told of', async () => {
    const { api } = bed();
    const owner = await api.account();
    const room = await api.room(owner);
    const moderator = await bed().open(1, { token: owner.token });
    const member = { user_id: 'app-user.7', user_info: { name: 'Grace' } };
    const speaker = await Listener.on(connectSigned(member, 0), `presence-room.${room}`);
    const reader = await Listener.on(connect(2), `room.${room}`);
    speaker.say('something bad');
    await waitFor(() => reader.entries[0], { what: 'it is heard' });
    expect(reader.entries).toMatchObject([{ user: { id: 'app-user.7', name: 'Grace' } }]);
    const { seq } = await moderator.ok('delete', { room, seq: 1 });
    await waitFor(() => reader.of('delete')[0], { what: 'the deletion is heard' });
    expect(reader.of('delete')).toMatchObject([{ seq, target: 1, by: owner.id }]);
    await moderator.ok('mute', { room, user: 'app-user.7' });
    speaker.say('something worse');
    await waitFor(() => speaker.of('pusher:error')[0], { what: 'it is refused' });
    expect(speaker.of('pusher:error')).toMatchObject([
      { code: 4301, message: 'muted: you may not speak here now' },
    ]);
    await moderator.ok('unmute', { room, user: 'app-user.7' });
    speaker.say('sorry');
    await waitFor(() => reader.texts().includes('sorry'), { what: 'it is heard' });
    expect(reader.texts()).toEqual(['something bad', 'sorry']);
    const { entries } = await moderator.ok('history', { room });
    expect(entries[0]).toMatchObject({ seq: 1, withdrawn: true });
  });

  it('is closed to everybody where the room is private, and when it becomes so', async () => {
    const { api } = bed();
    const owner = await api.account();
    const secret = await api.room(owner, { visibility: 'private' });
    const body = { socket_id: '1.2', channel_name: `presence-room.${secret}` };
    const { status } = await api.call('POST', '/api/pusher/auth', { token: owner.token, body });
    expect(status).toBe(403);
    const asOwner = { user_id: owner.id, user_info: { name: owner.name } };
    for (const refused of [
      new Listener(connect('nginx'), `room.${secret}`),
      new Listener(connectSigned(asOwner, 0), `presence-room.${secret}`),
      new Listener(connectAs(owner, 1), `presence-room.${secret}`),
    ]) {
      expect(await refused.refusal()).toMatchObject({ type: 'AuthError' });
    }
    const open = await api.room(owner);
    const listeners = [
      await Listener.on(connect(0), `room.${open}`),
      await Listener.on(connectSigned(asOwner, 1), `presence-room.${open}`),
      await Listener.on(connect('nginx'), `room.${open}`),
    ];
    await api.patch(owner, open, { visibility: 'private' });
    for (const listener of listeners) {
      expect(await listener.refusal()).toMatchObject({ type: 'AuthError', status: 404 });
    }
    const writer = await bed().open(2, { token: owner.token });
    await writer.ok('join', { room: open });
    await writer.say(open, 'between us');
    const member = await bed().open(0, { token: owner.token });
    const { entries } = await member.ok('join', { room: open });
    expect(entries.at(-1)).toMatchObject({ text: 'between us' });
    expect(listeners.flatMap((listener) => listener.texts())).toEqual([]);
  });

  it('P15: has viewers of both protocols, and counts them for both', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const reader = await bed().open(0);
    await reader.ok('join', { room });
    const everybody = await Listener.on(connect(1), `room.${room}`);
    const somebody = await Listener.on(connectAs(await api.guest(), 2), `presence-room.${room}`);
    const pulses = (listener: Listener) => listener.of('pulse') as PulseData[];
    await waitFor(() => reader.pulses(room).at(-1)?.viewers === 3, { what: 'three are counted' });
    for (const listener of [everybody, somebody]) {
      await waitFor(() => pulses(listener).at(-1)?.viewers === 3, { what: 'three are told' });
    }
    everybody.client.disconnect();
    somebody.client.unsubscribe(somebody.channel);
    await waitFor(() => reader.pulses(room).at(-1)?.viewers === 1, { what: 'two are gone' });
  });
});

describe('without Redis', () => {
  it('G5: what is said arrives within a second, each entry once', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const listeners = await Promise.all(
      [0, 1, 2].map((door) => Listener.on(connect(door), `room.${room}`)),
    );
    const speaker = await Listener.on(connectAs(await api.guest(), 0), `presence-room.${room}`);
    const writer = await bed().open(0, { token: (await api.bot()).token });
    await writer.ok('join', { room });
    const redis = bed().cluster.pid('redis');
    kill(redis, 'SIGSTOP');
    try {
      const delays: number[] = [];
      for (let i = 0; i < 5; i++) {
        const { seq } = await writer.say(room, `without Redis ${String(i)}`);
        const saidAt = performance.now();
        await waitFor(() => listeners.every((it) => it.entries.at(-1)?.seq === seq), {
          what: 'it is heard everywhere',
        });
        delays.push(performance.now() - saidAt);
      }
      // Two may be late, each for a moment in which the machine stood still.
      expect(delays.sort((a, b) => a - b)[2]).toBeLessThan(WITHIN_MS);
      speaker.say('and from a channel');
      await waitFor(() => listeners.every((it) => it.texts().includes('and from a channel')), {
        what: 'what is said by a channel is heard everywhere',
      });
      // Who comes now is let in, and hears.
      const late = await Listener.on(connect(1), `room.${room}`);
      listeners.push(late);
      await writer.say(room, 'for who came late');
      await waitFor(() => late.texts().length > 0, {
        what: 'the late one hears',
      });
    } finally {
      kill(redis, 'SIGKILL');
    }
    await waitFor(
      () =>
        bed()
          .cluster.isWhole()
          .then(() => true),
      {
        what: 'Redis is back',
        timeoutMs: 30_000,
      },
    );
    const { seq } = await writer.say(room, 'with Redis');
    await waitFor(() => listeners.every((it) => it.entries.at(-1)?.seq === seq), {
      what: 'it is heard everywhere',
    });
    for (const listener of [...listeners.slice(0, 3), speaker]) {
      expect(numbersOf(listener.entries)).toEqual(Array.from({ length: seq }, (_, i) => i + 1));
    }
  });
});
