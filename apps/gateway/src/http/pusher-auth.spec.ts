import PusherServerSdk from 'pusher';
import { startApi, ADMIN_TOKEN, type Api } from './testing/api';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const AUTH = '/api/pusher/auth';
const USER_AUTH = '/api/pusher/user-auth';
const SOCKET = '123.456';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** What Pusher's own library for servers signs, with the default app of the embedded mode. */
const sdk = new PusherServerSdk({
  appId: 'app-id',
  key: 'app-key',
  secret: 'app-secret',
  cluster: '',
});

async function makeRoom(slug: string, visibility = 'public'): Promise<void> {
  const body = { slug, title: slug, visibility };
  const reply = await api.call('POST', '/api/rooms', { token: ADMIN_TOKEN, body });
  expect(reply.status).toBe(201);
}

describe('the authorization of a room as a channel', () => {
  it('is what the library for servers would sign, for a guest, by form and by JSON', async () => {
    await makeRoom('lobby');
    const { id, token } = await api.guest('Ada');
    const channel = 'presence-room.lobby';
    const member = { user_id: id, user_info: { name: 'Ada' } };
    const expected = sdk.authorizeChannel(SOCKET, channel, member);
    const fields = { socket_id: SOCKET, channel_name: channel };
    const byJson = await api.call('POST', AUTH, { token, body: { ...fields, more: 1 } });
    const form = new URLSearchParams(fields).toString();
    const byForm = await api.call('POST', AUTH, { token, body: form, headers: FORM });
    const byCookie = await api.call('POST', AUTH, {
      body: form,
      headers: { ...FORM, cookie: `hubbub_session=${token}` },
    });
    for (const reply of [byJson, byForm, byCookie]) {
      expect(reply).toMatchObject({ status: 200, body: expected });
    }
  });

  it('signs a user in', async () => {
    const { id, token } = await api.account('grace', 'Grace');
    const body = new URLSearchParams({ socket_id: SOCKET }).toString();
    const reply = await api.call('POST', USER_AUTH, { token, body, headers: FORM });
    const user = { id, user_info: { name: 'Grace' } };
    expect(reply).toMatchObject({ status: 200, body: sdk.authenticateUser(SOCKET, user) });
  });

  it('is for rooms that everybody may read alone, and does not tell which there are', async () => {
    const { token } = await api.account('mallory');
    await makeRoom('secret', 'private');
    const own = { slug: 'own-secret', title: 'own', visibility: 'private' };
    await api.call('POST', '/api/rooms', { token, body: own });
    const refused = [];
    for (const room of ['secret', 'own-secret', 'no-such-room']) {
      const body = { socket_id: SOCKET, channel_name: `presence-room.${room}` };
      refused.push(await api.call('POST', AUTH, { token, body }));
    }
    for (const reply of refused) {
      expect(reply).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      expect(reply.body).toEqual(refused[0]?.body);
    }
  });

  it('signs nothing but that: the secret is the app’s', async () => {
    const { token } = await api.guest('Eve');
    const fields = { socket_id: SOCKET, channel_name: 'presence-room.lobby' };
    const others = [
      'private-lobby',
      'room.lobby',
      'presence-room.LOBBY',
      'presence-room.lobby:{"user_id":"1"}',
      '#server-to-user-1',
    ];
    for (const channel of others) {
      const body = { ...fields, channel_name: channel };
      expect((await api.call('POST', AUTH, { token, body })).status).toBe(403);
    }
    for (const socket of ['1', '1.2:x', '1.2::user::{"id":"1"}', '', 5]) {
      const body = { ...fields, socket_id: socket };
      for (const path of [AUTH, USER_AUTH]) {
        expect(await api.call('POST', path, { token, body })).toMatchObject({
          status: 400,
          body: { code: 'invalid', field: 'socket_id' },
        });
      }
    }
    const noBody = await api.call('POST', AUTH, { token, headers: FORM, body: '' });
    expect(noBody.status).toBe(400);
  });

  it('is for who has signed in, and for no foreign page', async () => {
    const body = { socket_id: SOCKET, channel_name: 'presence-room.lobby' };
    const form = new URLSearchParams(body).toString();
    const { token } = await api.guest('Bob');
    const cookie = `hubbub_session=${token}`;
    const foreign = { ...FORM, cookie, origin: 'https://evil.example' };
    for (const path of [AUTH, USER_AUTH]) {
      expect((await api.call('POST', path, { body })).status).toBe(401);
      const reply = await api.call('POST', path, { body: form, headers: foreign });
      expect(reply).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      // Whoever holds ADMIN_TOKEN is no user.
      expect((await api.call('POST', path, { token: ADMIN_TOKEN, body })).status).toBe(403);
    }
  });
});
