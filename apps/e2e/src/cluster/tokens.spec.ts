import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import type { Person } from '../testing/api';
import { useCluster } from '../testing/bed';
import { SHARED_SESSION_SECRET } from '../testing/cluster';
import { newKey, RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);
const bed = useCluster();

type Sign = (text: string) => Buffer;

const HOUR_SECONDS = 3600;
const now = () => Math.floor(Date.now() / 1000);
const hmac =
  (algorithm: string, secret: string | Buffer = SHARED_SESSION_SECRET): Sign =>
  (text) =>
    createHmac(algorithm, secret).update(text).digest();

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A JSON Web Token (RFC 7519) as somebody makes it who knows how ours look. */
function token(header: object, claims: object, sign: Sign = hmac('sha256')): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign(text).toString('base64url')}`;
}

const HS256 = { alg: 'HS256', typ: 'JWT' };

let somebody: Person;
let room: string;
beforeAll(async () => {
  somebody = await bed().api.account();
  room = await bed().api.room(somebody);
});

function claims(change: object = {}): object {
  const { id: sub, name } = somebody;
  const times = { iat: now(), exp: now() + HOUR_SECONDS };
  const names = { iss: 'hubbub', aud: 'hubbub' };
  return { sub, name, role: 'user', jti: `forged-${newKey()}`, ...names, ...times, ...change };
}

/** What the token is answered with wherever one is taken: the status, and the code. */
async function answers(given: string): Promise<string[]> {
  const { cluster } = bed();
  const rest: [string, string, object?][] = [
    ['GET', '/api/me'],
    ['GET', `/api/rooms/${room}`],
    ['GET', `/api/rooms/${room}/mutes`],
    ['POST', `/api/rooms/${room}/messages`, { key: newKey(), text: 'it is me' }],
    ['PATCH', `/api/rooms/${room}`, { title: 'mine' }],
    ['POST', '/api/pusher/auth', { socket_id: '1.2', channel_name: `presence-room.${room}` }],
    ['POST', '/api/pusher/user-auth', { socket_id: '1.2' }],
    ['POST', '/api/apps/refresh'],
    ['DELETE', '/api/sessions'],
  ];
  const carriers = [
    (path: string) => ({ path, headers: { authorization: `Bearer ${given}` } }),
    (path: string) => ({ path, headers: { cookie: `hubbub_session=${given}` } }),
    (path: string) => ({ path: `${path}?token=${encodeURIComponent(given)}`, headers: {} }),
  ];
  const found: string[] = [];
  for (const carry of carriers) {
    for (const [method, plain, body] of rest) {
      const { path, headers } = carry(plain);
      const reply = await bed().api.call(method, path, { headers, ...(body && { body }) });
      found.push(`${String(reply.status)} ${(reply.body as { code?: string } | null)?.code ?? ''}`);
    }
  }
  for (const url of [cluster.url, ...cluster.gateways]) {
    for (const by of ['bearer', 'query', 'cookie'] as const) {
      const { status, body } = await RawClient.refusal(url, { token: given, by });
      found.push(`${String(status)} ${(body as { code: string }).code}`);
    }
  }
  return [...new Set(found)];
}

const REFUSED = ['401 unauthenticated'];

it('P2: a token in the form of ours is good: what follows is refused for its fault alone', async () => {
  const { body } = await bed().api.call('GET', '/api/me', { token: token(HS256, claims()) });
  expect(body).toMatchObject({ user: { id: somebody.id, role: 'user' } });
  const client = await bed().open(1, { token: token(HS256, claims()) });
  expect(client.welcome.user?.id).toBe(somebody.id);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const byRsa: Sign = (text) => createSign('sha256').update(text).sign(rsa.privateKey);

it.each<[string, () => string]>([
  ['no signature, and alg none', () => token({ alg: 'none' }, claims(), () => Buffer.alloc(0))],
  ['alg None', () => token({ alg: 'None' }, claims(), () => Buffer.alloc(0))],
  ['alg none and a signature', () => token({ alg: 'none' }, claims())],
  ['no alg', () => token({ typ: 'JWT' }, claims())],
  ['no signature under HS256', () => token(HS256, claims(), () => Buffer.alloc(0))],
  ['HS512 with the right secret', () => token({ alg: 'HS512' }, claims(), hmac('sha512'))],
  ['HS384 with the right secret', () => token({ alg: 'HS384' }, claims(), hmac('sha384'))],
  ['HS512 said and HS256 done', () => token({ alg: 'HS512' }, claims())],
  ['RS256 said and the secret taken for the key', () => token({ alg: 'RS256' }, claims())],
  [
    'RS256 under a key that it brings with it',
    () => token({ alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) }, claims(), byRsa),
  ],
  [
    'a key that it names itself',
    () => token({ ...HS256, kid: '/dev/null' }, claims(), hmac('sha256', '')),
  ],
  ['another secret', () => token(HS256, claims(), hmac('sha256', `${SHARED_SESSION_SECRET}!`))],
  ['its time over', () => token(HS256, claims({ exp: now() - 1 }))],
  ['its time not come', () => token(HS256, claims({ nbf: now() + HOUR_SECONDS }))],
  ['no end', () => token(HS256, claims({ exp: undefined }))],
  ['an end that is no number', () => token(HS256, claims({ exp: '9999999999' }))],
  ['another audience', () => token(HS256, claims({ aud: 'elsewhere' }))],
  ['no audience', () => token(HS256, claims({ aud: undefined }))],
  ['another issuer', () => token(HS256, claims({ iss: 'elsewhere' }))],
  ['no issuer', () => token(HS256, claims({ iss: undefined }))],
  ['nobody named', () => token(HS256, claims({ sub: '' }))],
  ['no session named', () => token(HS256, claims({ jti: undefined }))],
  ['a role that there is not', () => token(HS256, claims({ role: 'root' }))],
  [
    'something that has to be understood',
    () => token({ ...HS256, crit: ['exp'], exp: 1 }, claims()),
  ],
  [
    'a payload that was changed',
    () => {
      const [head = '', , signature = ''] = token(HS256, claims()).split('.');
      return `${head}.${part(claims({ role: 'admin' }))}.${signature}`;
    },
  ],
  [
    'a header that was changed',
    () => {
      const [, body = '', signature = ''] = token(HS256, claims()).split('.');
      return `${part({ alg: 'HS256', typ: 'at+jwt' })}.${body}.${signature}`;
    },
  ],
  ['a part more', () => `${token(HS256, claims())}.${part({})}`],
  ['a part less', () => token(HS256, claims()).split('.').slice(0, 2).join('.')],
  ['nothing but dots', () => '..'],
])('P2, G10: with %s it is refused wherever tokens are taken', async (_, make) => {
  expect(await answers(make())).toEqual(REFUSED);
});

it('P2: of a session that was signed out it is refused at every gateway', async () => {
  const { api } = bed();
  const { token: given } = await api.guest();
  await api.must('GET', '/api/me', { token: given });
  await api.must('DELETE', '/api/sessions', { token: given });
  await waitFor(
    async () => {
      const found = await answers(given);
      return found.length === 1 && found[0] === REFUSED[0];
    },
    { what: 'every gateway refuses it', timeoutMs: 40_000 },
  );
});

it('P2: one that was never signed out, and is one of a user’s many, stays good', async () => {
  const { api } = bed();
  const [one, other] = [claims({ jti: 'session-one' }), claims({ jti: 'session-other' })];
  await api.must('DELETE', '/api/sessions', { token: token(HS256, one) });
  const { user } = await api.me(token(HS256, other));
  expect(user?.id).toBe(somebody.id);
});
