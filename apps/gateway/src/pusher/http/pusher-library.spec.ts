import { randomBytes } from 'node:crypto';
import type { Channel } from 'pusher-js';
import type PusherClient from 'pusher-js';
import type { PusherApp } from '../app';
import { TestClient } from '../testing/test-client';
import { TestPusherApi } from './testing/pusher-api';

let api: TestPusherApi;
let app: PusherApp;
beforeAll(async () => {
  api = await TestPusherApi.start();
});
beforeEach(() => {
  app = api.apps.add({});
});
afterAll(() => api.close());

async function subscribe(client: PusherClient, name: string): Promise<Channel> {
  const channel = client.subscribe(name);
  await new Promise((resolve, reject) => {
    channel.bind('pusher:subscription_succeeded', resolve);
    channel.bind('pusher:subscription_error', reject);
  });
  return channel;
}

/** What the channel is given next under this name. */
const next = (
  channel: { bind: (event: string, callback: (data: unknown) => void) => unknown },
  event: string,
) =>
  new Promise((resolve) => {
    channel.bind(event, resolve);
  });

describe('the server library of Pusher for Node', () => {
  it('triggers an event that subscribers get as it was published', async () => {
    const client = await api.client(app);
    const channel = await subscribe(client, 'news');
    const told = next(channel, 'said');
    const response = await api.library(app).trigger('news', 'said', { text: '你好 🎉', n: 1.0 });
    expect(response.status).toBe(200);
    await expect(response.json()).resolves.toEqual({ ok: true });
    await expect(told).resolves.toEqual({ text: '你好 🎉', n: 1 });
  });

  it('triggers on several channels, and asks how many have them', async () => {
    const one = await api.client(app, '1');
    const other = await api.client(app, '1');
    await subscribe(one, 'news');
    await subscribe(one, 'presence-lobby');
    const lobby = await subscribe(other, 'presence-lobby');
    const told = next(lobby, 'said');
    const response = await api
      .library(app)
      .trigger(['news', 'presence-lobby', 'empty'], 'said', 'hello', {
        info: 'user_count,subscription_count',
      });
    await expect(response.json()).resolves.toEqual({
      channels: {
        news: { subscription_count: 1 },
        'presence-lobby': { user_count: 1, subscription_count: 2 },
        empty: { subscription_count: 0 },
      },
    });
    await expect(told).resolves.toBe('hello');
  });

  it('leaves out the connection that it is told to leave out', async () => {
    const sender = await api.client(app, '1');
    const other = await api.client(app, '2');
    const heard: unknown[] = [];
    (await subscribe(sender, 'news')).bind('said', (data: unknown) => heard.push(data));
    const told = next(await subscribe(other, 'news'), 'said');
    const library = api.library(app);
    await library.trigger('news', 'said', 'not for me', { socket_id: sender.connection.socket_id });
    await expect(told).resolves.toBe('not for me');
    const after = next(sender.channel('news'), 'after');
    await library.trigger('news', 'after', '');
    await after;
    expect(heard).toEqual([]);
  });

  it('triggers a batch, in its order', async () => {
    const client = await api.client(app);
    const heard: [string, unknown][] = [];
    const channel = await subscribe(client, 'news');
    channel.bind_global((event: string, data: unknown) => {
      heard.push([event, data]);
    });
    const last = next(channel, 'last');
    const response = await api.library(app).triggerBatch([
      { channel: 'news', name: 'a', data: 1 },
      { channel: 'news', name: 'b', data: 2, info: 'subscription_count' },
      { channel: 'news', name: 'last', data: { n: 3 } },
    ]);
    await expect(response.json()).resolves.toEqual({ batch: [{}, { subscription_count: 1 }, {}] });
    await last;
    expect(heard.filter(([event]) => !event.startsWith('pusher:'))).toEqual([
      ['a', 1],
      ['b', 2],
      ['last', { n: 3 }],
    ]);
    const plain = await api.library(app).triggerBatch([{ channel: 'news', name: 'a', data: '' }]);
    await expect(plain.json()).resolves.toEqual({ ok: true });
  });

  it('triggers what only those with the key can read', async () => {
    const master = randomBytes(32).toString('base64');
    const client = await api.client(app, '1', master);
    const channel = await subscribe(client, 'private-encrypted-secrets');
    const told = next(channel, 'said');
    const library = api.library(app, { encryptionMasterKeyBase64: master });
    await library.trigger('private-encrypted-secrets', 'said', { text: 'psst' });
    await expect(told).resolves.toEqual({ text: 'psst' });
  });

  it('reads channels and users', async () => {
    const client = await api.client(app, 'ada');
    await subscribe(client, 'news');
    await subscribe(client, 'presence-lobby');
    const library = api.library(app);
    const get = async (path: string, params = {}) => {
      const response = await library.get({ path, params });
      return (await response.json()) as unknown;
    };
    await expect(get('/channels')).resolves.toEqual({
      channels: {
        news: { subscription_count: 1, occupied: true },
        'presence-lobby': { subscription_count: 1, occupied: true },
      },
    });
    await expect(
      get('/channels', { filter_by_prefix: 'presence-', info: 'user_count' }),
    ).resolves.toEqual({ channels: { 'presence-lobby': { user_count: 1 } } });
    await expect(
      get('/channels/presence-lobby', { info: 'user_count,subscription_count' }),
    ).resolves.toEqual({ occupied: true, user_count: 1, subscription_count: 1 });
    await expect(get('/channels/presence-lobby/users')).resolves.toEqual({
      users: [{ id: 'ada' }],
    });
    await expect(get('/channels/presence-lobby/users', { with_user_info: 1 })).resolves.toEqual({
      users: [{ id: 'ada', user_info: { name: 'user ada' } }],
    });
  });

  const users = ['ada', 'auth0|5f7c', 'ada lovelace@example.org', '爱达'];

  it.each(users)('reaches a user who has signed in as %s', async (userId) => {
    const client = await api.client(app, userId);
    const signedIn = next(client, 'pusher:signin_success');
    client.signin();
    await signedIn;
    const told = next(client.user, 'said');
    const response = await api.library(app).sendToUser(userId, 'said', { text: 'only you' });
    await expect(response.json()).resolves.toEqual({ ok: true });
    await expect(told).resolves.toEqual({ text: 'only you' });
  });

  it.each(users)('ends the connections of %s', async (userId) => {
    const client = await TestClient.connect(`${api.url}/app/${app.key}?protocol=7`, app);
    client.signIn({ id: userId });
    await client.next('pusher:signin_success');
    const response = await api.library(app).terminateUserConnections(userId);
    await expect(response.json()).resolves.toEqual({ ok: true });
    await expect(client.end()).resolves.toMatchObject({ code: 4009 });
  });

  it('says what was refused', async () => {
    const wrong = api.library({ ...app, secret: 'another secret' });
    await expect(wrong.trigger('news', 'said', {})).rejects.toMatchObject({
      status: 401,
      body: '{"error":"The secret authentication failed","code":401}',
    });
  });
});
