import Echo from 'laravel-echo';
import PusherApi from 'pusher';
import Pusher, { type Channel, type Options, type PresenceChannel } from 'pusher-js';
import { unique } from '../testing/api';
import { useCluster } from '../testing/bed';
import { kill } from '../testing/processes';
import { addressOf, clientOptions, PUSHER_APP, pusherApi } from '../testing/pusher-pages';
import { PusherSocket } from '../testing/pusher-socket';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();
/** 32 bytes, as Pusher's libraries take it. */
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
const open: { disconnect(): void }[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.disconnect();
});

function encryptingApi(): PusherApi {
  const { host, port } = addressOf(bed().cluster.url);
  const { id: appId, key, secret } = PUSHER_APP;
  const where = { host, port: String(port), useTLS: false };
  return new PusherApi({ appId, key, secret, ...where, encryptionMasterKeyBase64: MASTER_KEY });
}

/** What an application's own server answers, with Pusher's own library. */
function authorization(userId: string): Omit<Options, 'cluster'> {
  const api = encryptingApi();
  const member = { user_id: userId, user_info: { name: userId.toUpperCase() } };
  return {
    channelAuthorization: {
      endpoint: '',
      transport: 'ajax',
      customHandler: ({ socketId, channelName }, done) => {
        const isPresence = channelName.startsWith('presence-');
        const data = isPresence ? member : undefined;
        done(null, api.authorizeChannel(socketId, channelName, data));
      },
    },
    userAuthentication: {
      endpoint: '',
      transport: 'ajax',
      customHandler: ({ socketId }, done) => {
        const user = { id: userId, user_info: member.user_info, watchlist: ['ann', 'bob'] };
        done(null, api.authenticateUser(socketId, user));
      },
    },
  };
}

interface Opened {
  pusher: Pusher;
  /** Names of events of the connection, in order. */
  states: string[];
}

function connect(userId: string): Opened {
  const pusher = new Pusher(PUSHER_APP.key, {
    ...clientOptions(bed().cluster.url),
    ...authorization(userId),
    enabledTransports: ['ws'],
  });
  open.push(pusher);
  const states: string[] = [];
  pusher.connection.bind('state_change', ({ current }: { current: string }) =>
    states.push(current),
  );
  return { pusher, states };
}

/** Resolves with the channel when it is subscribed. */
async function subscribe<C extends Channel>({ pusher }: Opened, name: string): Promise<C> {
  const channel = pusher.subscribe(name);
  await waitFor(() => channel.subscribed, { what: `subscribed to ${name}` });
  return channel as C;
}

/** Those that are at a gateway: the first half of a socket's id is its gateway's. */
async function clientsAt(gateway: number, clients: Opened[]): Promise<Opened[]> {
  const socket = await PusherSocket.open(bed().cluster.gateway(gateway));
  socket.drop();
  const numberOf = (id: string) => id.split('.')[0];
  return clients.filter(
    ({ pusher }) => numberOf(pusher.connection.socket_id) === numberOf(socket.socketId),
  );
}

/** So many who are subscribed, and more until that gateway has one of them. */
async function crowd(name: string, { count, at }: { count: number; at: number }) {
  const clients: Opened[] = [];
  const channels: Channel[] = [];
  while (clients.length < count || (await clientsAt(at, clients)).length === 0) {
    const client = connect('ann');
    clients.push(client);
    channels.push(await subscribe(client, name));
  }
  return { channels, hit: await clientsAt(at, clients) };
}

/** Resolves when each of them has another connection than it has now. `lose` takes that from them. */
async function comeBack(clients: Opened[], lose: () => void): Promise<void> {
  const ids = clients.map(({ pusher }) => pusher.connection.socket_id);
  lose();
  const isBack = ({ pusher: { connection } }: Opened, i: number) =>
    connection.state === 'connected' && connection.socket_id !== ids[i];
  await waitFor(() => clients.every(isBack), { what: 'all are back', timeoutMs: 40_000 });
}

/** What comes of an event, in order. */
function heard(
  channel: { bind: (event: string, listener: (data: unknown) => void) => unknown },
  event: string,
): unknown[] {
  const all: unknown[] = [];
  channel.bind(event, (data: unknown) => all.push(data));
  return all;
}

describe('pusher-js and the library for servers', () => {
  it.each(['', 'private-', 'presence-', 'cache-', 'private-cache-'])(
    'have events of %schannels, in order',
    async (prefix) => {
      const name = `${prefix}${unique()}`;
      const clients = [connect('ann'), connect('bob'), connect('cay')];
      const channels = await Promise.all(clients.map((client) => subscribe(client, name)));
      const events = channels.map((channel) => heard(channel, 'said'));
      const api = pusherApi(bed().cluster.url);
      const sent = Array.from({ length: 20 }, (_, i) => ({ i, text: '弹幕 "x"' }));
      for (const data of sent) await api.trigger(name, 'said', data);
      await waitFor(() => events.every((it) => it.length >= sent.length), { what: 'all events' });
      for (const it of events) expect(it).toEqual(sent);
    },
  );

  it('have encrypted channels, which only those read who may', async () => {
    const name = `private-encrypted-${unique()}`;
    const channel = await subscribe(connect('ann'), name);
    const events = heard(channel, 'secret');
    await encryptingApi().trigger(name, 'secret', { n: 1 });
    await waitFor(() => events.length > 0, { what: 'the event' });
    expect(events).toEqual([{ n: 1 }]);
  });

  it('see who is there, and talk to each other', async () => {
    const name = `presence-${unique()}`;
    const ann = await subscribe<PresenceChannel>(connect('ann'), name);
    const added = heard(ann, 'pusher:member_added');
    const removed = heard(ann, 'pusher:member_removed');
    const bobs = connect('bob');
    const bob = await subscribe<PresenceChannel>(bobs, name);
    expect(bob.members.count).toBe(2);
    expect(bob.members.me).toEqual({ id: 'bob', info: { name: 'BOB' } });
    await waitFor(() => added.length > 0, { what: 'ann sees bob' });
    const talk = heard(bob, 'client-talk');
    ann.trigger('client-talk', { hello: 1 });
    await waitFor(() => talk.length > 0, { what: 'bob hears ann' });
    expect(talk).toEqual([{ hello: 1 }]);
    bobs.pusher.disconnect();
    await waitFor(() => removed.length > 0, { what: 'ann sees bob leave' });
    expect(removed).toEqual([{ id: 'bob', info: { name: 'BOB' } }]);
    expect(ann.members.count).toBe(1);
  });

  it('know how many subscribe', async () => {
    const name = unique();
    const counts = heard(await subscribe(connect('ann'), name), 'pusher:subscription_count');
    await subscribe(connect('bob'), name);
    await waitFor(() => counts.length > 0, { what: 'a count' });
    await waitFor(() => JSON.stringify(counts.at(-1)) === '{"subscription_count":2}', {
      what: 'both are counted',
    });
    const reply = await pusherApi(bed().cluster.url).get({
      path: `/channels/${name}`,
      params: { info: 'subscription_count' },
    });
    expect(await reply.json()).toMatchObject({ occupied: true, subscription_count: 2 });
  });

  it('sign users in, who are sent what is for them, see who is online, and may be sent away', async () => {
    const api = pusherApi(bed().cluster.url);
    const ann = connect('ann');
    const online = heard(ann.pusher.user.watchlist, 'online');
    ann.pusher.signin();
    await ann.pusher.user.signinDonePromise;
    const notes = heard(ann.pusher.user, 'note');
    await api.sendToUser('ann', 'note', { n: 1 });
    await waitFor(() => notes.length > 0, { what: 'the note' });
    expect(notes).toEqual([{ n: 1 }]);
    const bob = connect('bob');
    bob.pusher.signin();
    await waitFor(() => JSON.stringify(online).includes('bob'), { what: 'bob is online' });
    await api.terminateUserConnections('ann');
    await waitFor(() => ann.pusher.connection.state === 'disconnected', { what: 'ann is away' });
    expect(bob.pusher.connection.state).toBe('connected');
  });

  it('come back when their gateway is killed, and have the events after that', async () => {
    const name = unique();
    const { channels, hit } = await crowd(name, { count: 6, at: 0 });
    const events = channels.map((channel) => heard(channel, 'said'));
    await comeBack(hit, () => {
      kill(bed().cluster.pid(0));
    });
    await Promise.all(channels.map((it) => waitFor(() => it.subscribed, { what: 'subscribed' })));
    await pusherApi(bed().cluster.url).trigger(name, 'said', 'after');
    await waitFor(() => events.every((it) => it.includes('after')), { what: 'the event' });
    for (const it of events) expect(it).toEqual(['after']);
  });

  it('G8: are at another gateway at once when theirs drains', async () => {
    const name = unique();
    const { hit } = await crowd(name, { count: 9, at: 1 });
    await comeBack(hit, () => {
      kill(bed().cluster.pid(1), 'SIGTERM');
    });
    // Nobody had to wait for a backoff, or was refused.
    for (const { states } of hit) expect(states).not.toContain('unavailable');
  });
});

describe('laravel-echo', () => {
  interface Channels {
    echo: Echo<'pusher'>;
  }
  const connectEcho = (userId: string): Channels => {
    const { pusher } = connect(userId);
    return { echo: new Echo({ broadcaster: 'pusher', key: PUSHER_APP.key, client: pusher }) };
  };

  it('listens, whispers, and sees who is here', async () => {
    const room = unique();
    const [ann, bob] = [connectEcho('ann'), connectEcho('bob')];
    const seen: Record<string, unknown[]> = {
      said: [],
      typing: [],
      here: [],
      joining: [],
      leaving: [],
    };
    ann.echo
      .join(room)
      .here((users: unknown[]) => seen['here']!.push(...users))
      .joining((user: unknown) => seen['joining']!.push(user))
      .leaving((user: unknown) => seen['leaving']!.push(user))
      .listen('.said', (data: unknown) => seen['said']!.push(data))
      .listenForWhisper('typing', (data: unknown) => seen['typing']!.push(data));
    await waitFor(() => seen['here']!.length > 0, { what: 'ann is here' });
    const bobs = bob.echo.join(room);
    await waitFor(() => seen['joining']!.length > 0, { what: 'bob joins' });
    bobs.whisper('typing', { at: 1 });
    await waitFor(() => seen['typing']!.length > 0, { what: 'bob whispers' });
    await pusherApi(bed().cluster.url).trigger(`presence-${room}`, 'said', { text: 'x' });
    await waitFor(() => seen['said']!.length > 0, { what: 'the event' });
    bob.echo.leave(room);
    await waitFor(() => seen['leaving']!.length > 0, { what: 'bob leaves' });
    expect(seen).toEqual({
      here: [{ name: 'ANN' }],
      joining: [{ name: 'BOB' }],
      leaving: [{ name: 'BOB' }],
      said: [{ text: 'x' }],
      typing: [{ at: 1 }],
    });
  });
});
