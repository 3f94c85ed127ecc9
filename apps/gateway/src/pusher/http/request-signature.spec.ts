import { createHash, createHmac } from 'node:crypto';
import type { PusherApp } from '../app';
import { TestPusherApi } from './testing/pusher-api';

const UNAUTHENTICATED = '{"error":"The secret authentication failed","code":401}';

let api: TestPusherApi;
let app: PusherApp;
beforeAll(async () => {
  api = await TestPusherApi.start();
  app = api.apps.add({});
});
afterAll(() => api.close());

const EVENT = { name: 'said', channel: 'news', data: 'hello' };

const now = () => String(Math.floor(Date.now() / 1000));
const sign = (text: string) => createHmac('sha256', app.secret).update(text).digest('hex');

describe('the signature of a request', () => {
  it('is that of the worked example in the documentation', () => {
    const text =
      'POST\n/apps/3/events\nauth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f';
    expect(createHmac('sha256', '7ad3773142a6692b25b8').update(text).digest('hex')).toBe(
      'da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c',
    );
  });

  it('lets in what is signed', async () => {
    await expect(api.call(app, 'POST', '/events', { body: EVENT })).resolves.toMatchObject({
      status: 200,
      text: '{"ok":true}',
    });
  });

  it.each(['auth_key', 'auth_timestamp', 'auth_version', 'auth_signature', 'body_md5'])(
    'is refused where %s is missing or another one',
    async (name) => {
      for (const tamper of [
        (query: URLSearchParams) => {
          query.delete(name);
        },
        (query: URLSearchParams) => {
          query.set(name, '0'.repeat(64));
        },
      ]) {
        const reply = await api.call(app, 'POST', '/events', { body: EVENT, tamper });
        expect(reply).toMatchObject({ status: 401, text: UNAUTHENTICATED });
      }
    },
  );

  it('is refused where something is added to the query', async () => {
    const tamper = (query: URLSearchParams) => {
      query.set('filter_by_prefix', 'private-');
    };
    const reply = await api.call(app, 'GET', '/channels', { tamper });
    expect(reply).toMatchObject({ status: 401, text: UNAUTHENTICATED });
  });

  it('is refused where the secret is another one', async () => {
    const thief = { ...app, secret: 'guessed' };
    const reply = await api.call(thief, 'GET', '/channels');
    expect(reply).toMatchObject({ status: 401, text: UNAUTHENTICATED });
  });

  it('is refused where the body was changed, and where none was signed', async () => {
    const body = JSON.stringify(EVENT);
    const md5 = createHash('md5').update(body).digest('hex');
    const query = `auth_key=${app.key}&auth_timestamp=${now()}&auth_version=1.0&body_md5=${md5}`;
    const path = `/apps/${app.id}/events`;
    const signature = sign(`POST\n${path}\n${query}`);
    const whole = `${path}?${query}&auth_signature=${signature}`;
    await expect(api.fetch('POST', whole, body)).resolves.toMatchObject({ status: 200 });
    await expect(api.fetch('POST', whole, `${body} `)).resolves.toMatchObject({
      status: 401,
      text: UNAUTHENTICATED,
    });
    await expect(api.fetch('POST', whole)).resolves.toMatchObject({ status: 401 });
    const bare = `auth_key=${app.key}&auth_timestamp=${now()}&auth_version=1.0`;
    const unsigned = `${path}?${bare}&auth_signature=${sign(`POST\n${path}\n${bare}`)}`;
    await expect(api.fetch('POST', unsigned, body)).resolves.toMatchObject({
      status: 401,
      text: UNAUTHENTICATED,
    });
  });

  it('counts for ten minutes before and after', async () => {
    for (const behind of [590, -590]) {
      await expect(api.call(app, 'GET', '/channels', { behind })).resolves.toMatchObject({
        status: 200,
      });
    }
    for (const behind of [610, -610]) {
      const reply = await api.call(app, 'GET', '/channels', { behind });
      expect(reply.status).toBe(401);
      expect(JSON.parse(reply.text)).toEqual({
        error: expect.stringContaining('Timestamp expired') as string,
        code: 401,
      });
    }
  });

  it('is over the path as it was sent', async () => {
    const query = `auth_key=${app.key}&auth_timestamp=${now()}&auth_version=1.0`;
    const path = `/apps/${app.id}/channels/presence%2Dlobby`;
    const reply = await api.fetch(
      'GET',
      `${path}?${query}&auth_signature=${sign(`GET\n${path}\n${query}`)}`,
    );
    expect(reply).toMatchObject({
      status: 200,
      text: '{"subscription_count":0,"occupied":false,"user_count":0}',
    });
  });

  it('is not that of another resource with the same letters', async () => {
    const query = `auth_key=${app.key}&auth_timestamp=${now()}&auth_version=1.0`;
    const signature = sign(`GET\n/apps/${app.id}/channels/presence-a/users\n${query}`);
    const reply = await api.fetch(
      'GET',
      `/apps/${app.id}/channels/presence-a%2Fusers?${query}&auth_signature=${signature}`,
    );
    expect(reply.status).toBe(401);
  });

  it.each([
    ['as Ruby signs them', 'info[]=subscription_count&info[]=user_count'],
    ['as PHP signs them', 'info=subscription_count,user_count'],
  ])('takes arrays in the query, %s', async (_who, signedArray) => {
    const auth = `auth_key=${app.key}&auth_timestamp=${now()}&auth_version=1.0`;
    const path = `/apps/${app.id}/channels/presence-lobby`;
    const signature = sign(`GET\n${path}\n${auth}&${signedArray}`);
    const sent = signedArray.startsWith('info[]')
      ? 'info%5B%5D=subscription_count&info%5B%5D=user_count'
      : 'info%5B0%5D=subscription_count&info%5B1%5D=user_count';
    const reply = await api.fetch('GET', `${path}?${auth}&${sent}&auth_signature=${signature}`);
    expect(reply).toMatchObject({
      status: 200,
      text: '{"subscription_count":0,"occupied":false,"user_count":0}',
    });
  });

  it('has names in lower case', async () => {
    const auth = `auth_key=${app.key}&auth_timestamp=${now()}&auth_version=1.0`;
    const path = `/apps/${app.id}/channels`;
    const signature = sign(`GET\n${path}\n${auth}&filter_by_prefix=private-`);
    const reply = await api.fetch(
      'GET',
      `${path}?Filter_By_Prefix=private-&${auth}&auth_signature=${signature}`,
    );
    expect(reply).toMatchObject({ status: 200, text: '{"channels":{}}' });
  });

  it('takes an event in the query, as the documentation allows', async () => {
    const query = { name: 'said', channel: 'news', data: '' };
    const reply = await api.call(app, 'POST', '/events', { query });
    expect(reply).toMatchObject({ status: 200, text: '{"ok":true}' });
  });
});

describe('behind a path prefix', () => {
  let prefixed: TestPusherApi;
  let other: PusherApp;
  beforeAll(async () => {
    prefixed = await TestPusherApi.start({ SOKETI_PATH_PREFIX: '/realtime' });
    other = prefixed.apps.add({});
  });
  afterAll(() => prefixed.close());

  it('is taken with the prefix signed, and without, as PHP does', async () => {
    const withPrefix = await prefixed.call(other, 'GET', '/channels');
    expect(withPrefix).toMatchObject({ status: 200, text: '{"channels":{}}' });
    const query = `auth_key=${other.key}&auth_timestamp=${now()}&auth_version=1.0`;
    const text = `GET\n/apps/${other.id}/channels\n${query}`;
    const signature = createHmac('sha256', other.secret).update(text).digest('hex');
    const path = `/realtime/apps/${other.id}/channels?${query}&auth_signature=${signature}`;
    const withoutPrefix = await prefixed.fetch('GET', path);
    expect(withoutPrefix).toMatchObject({ status: 200 });
  });
});
