import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { PUSHER_APP } from '../../testing/pusher-pages';
import { sign } from '../../testing/pusher-socket';
import type { Random } from '../../testing/random';
import { waitFor } from '../../testing/wait-for';
import { HttpConnection, HttpConnections } from '../http/connection';
import { encode, headerText, oddPart, type HttpRequest } from '../http/request';
import { channelName } from '../inputs/channels';
import { anything, broken, mutated, nested } from '../inputs/values';
import type { Stage } from '../stage';
import { inParallel, type Target } from '../target';
import { judge, type Door } from './judge';

const AT_ONCE = 8;
const HOST = 'fuzz.example';
const INFOS = [
  'user_count',
  'subscription_count',
  'user_count,subscription_count',
  'cache',
  '',
  'x',
];
/** What operations ask, and what is nobody's. */
const OTHERS = [
  '/healthz',
  '/readyz',
  '/ready',
  '/accept-traffic',
  '/usage',
  '/metrics',
  '/api/docs',
];

/** Pusher's HTTP API and /@connections, signed rightly and wrongly; and paths beside them. */
export const pusherApi: Target = {
  id: 'pusher-api',
  what: 'requests of servers (Pusher, /@connections)',
  share: 25,
  run: async (work) => {
    const { stage, tally } = work;
    await gathered(stage);
    const connections = new HttpConnections();
    await inParallel(work, AT_ONCE, async (random, worker) => {
      const url = random.one(stage.doors);
      const connection = connections.of(worker, url);
      const { request, door } = await anyRequest(random, stage);
      const bytes = encode(request, request.body !== null && random.below(20) === 0);
      // Nginx hands pages to the web app, which is another target.
      if (door === 'any' && url === stage.cluster.url) return 0;
      try {
        judge(await connection.ask(bytes, request.method === 'HEAD'), bytes, { tally, door });
      } catch (error) {
        tally.wrong(String(error), bytes);
      }
      return 1;
    });
    connections.drop();
  },
};

/**
 * Resolves when the gateways know of each other: for a moment after they have found Redis they cannot say that nobody has a
 * connection.
 */
async function gathered({ cluster }: Stage): Promise<void> {
  for (const url of cluster.gateways) {
    const connection = new HttpConnection(url);
    const goneOf = async () => {
      const { status } = await connection.ask(
        encode(await signed('GET', '/@connections/1.2', null)),
      );
      return status === 410;
    };
    await waitFor(goneOf, { what: 'the gateways know of each other', everyMs: 100 });
    connection.drop();
  }
}

async function anyRequest(
  random: Random,
  stage: Stage,
): Promise<{ request: HttpRequest; door: Door }> {
  const dice = random.below(10);
  if (dice < 7) return { request: pusherRequest(random, stage), door: 'pusher' };
  if (dice < 9) return { request: await connectionRequest(random), door: 'connections' };
  const path = random.isTrue()
    ? random.one(OTHERS)
    : `/${[oddPart(random), oddPart(random)].slice(random.below(2)).join('/')}`;
  const method = random.one(['GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'PROPFIND']);
  return { request: { method, target: path, headers: [['Host', HOST]], body: null }, door: 'any' };
}

interface Call {
  method: 'GET' | 'POST';
  path: string;
  query: [string, string][];
  body: string | Buffer | null;
}

function call(random: Random, stage: Stage): Call {
  const app = `/apps/${random.below(20) === 0 ? oddPart(random) : PUSHER_APP.id}`;
  const channel = () =>
    random.below(4) === 0
      ? oddPart(random)
      : encodeURIComponent(channelName(random, stage).toWellFormed());
  const query: [string, string][] = random.isTrue() ? [['info', random.one(INFOS)]] : [];
  switch (random.below(7)) {
    case 0:
    case 1:
      return {
        method: 'POST',
        path: `${app}/events`,
        query: [],
        body: bodyOf(random, event(random, stage)),
      };
    case 2: {
      const batch = Array.from({ length: random.below(12) }, () => event(random, stage));
      return {
        method: 'POST',
        path: `${app}/batch_events`,
        query: [],
        body: bodyOf(random, { batch }),
      };
    }
    case 3:
      return {
        method: 'GET',
        path: `${app}/channels`,
        query: [
          ...query,
          ['filter_by_prefix', random.one(['presence-', 'private-', '', '%', '#'])],
        ],
        body: null,
      };
    case 4:
      return { method: 'GET', path: `${app}/channels/${channel()}`, query, body: null };
    case 5: {
      const withInfo: [string, string][] = [['with_user_info', random.one(['1', '0', 'x'])]];
      return {
        method: 'GET',
        path: `${app}/channels/${channel()}/users`,
        query: withInfo,
        body: null,
      };
    }
    default: {
      const user = random.one(['u1', '7', oddPart(random)]);
      return {
        method: 'POST',
        path: `${app}/users/${user}/terminate_connections`,
        query: [],
        body: '{}',
      };
    }
  }
}

function event(random: Random, stage: Stage): object {
  const data = random.isTrue() ? JSON.stringify(anything(random)) : anything(random);
  const channels = Array.from({ length: random.below(4) + 1 }, () => channelName(random, stage));
  return {
    name: random.one(['x', 'client-x', 'pusher:x', 'n'.repeat(random.below(250))]),
    data,
    ...(random.isTrue() ? { channels } : { channel: channels[0] }),
    ...(random.below(4) === 0 && { socket_id: random.one(['1.2', 'x', 5, '']) }),
    ...(random.below(4) === 0 && { info: random.one(INFOS) }),
  };
}

function bodyOf(random: Random, value: object): string | Buffer {
  switch (random.below(8)) {
    case 0:
    case 1:
      return JSON.stringify(mutated(random, value));
    case 2:
      return broken(random, JSON.stringify(value));
    case 3:
      return random.isTrue() ? nested(random, 100_000) : JSON.stringify(anything(random));
    default:
      return JSON.stringify(value);
  }
}

/** Signed as it is, mostly; else something is changed afterwards. */
function pusherRequest(random: Random, stage: Stage): HttpRequest {
  const { method, path, query, body } = call(random, stage);
  const bytes = body === null ? null : Buffer.from(body);
  const now = Math.floor(Date.now() / 1000);
  const isWrong = random.below(6) === 0;
  const all: [string, string][] = [
    ...query,
    ['auth_key', isWrong && random.isTrue() ? 'other' : PUSHER_APP.key],
    ['auth_timestamp', String(isWrong && random.isTrue() ? random.one([0, 'x', 1e30]) : now)],
    ['auth_version', '1.0'],
    ...(bytes
      ? [['body_md5', createHash('md5').update(bytes).digest('hex')] as [string, string]]
      : []),
  ];
  all.sort(([a], [b]) => (a < b ? -1 : 1));
  const text = all.map(([name, value]) => `${name}=${value}`).join('&');
  const signature = sign(`${method}\n${path}\n${text}`);
  const escaped = all.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const last = `auth_signature=${isWrong && random.isTrue() ? signature.slice(1) : signature}`;
  if (isWrong && random.below(3) === 0) escaped.splice(random.below(escaped.length), 1);
  if (isWrong && random.below(3) === 0) escaped.push(`${oddPart(random)}=${oddPart(random)}`);
  return {
    method,
    target: `${path}?${[...escaped, last].join('&')}`,
    headers: [
      ['Host', HOST],
      ['Content-Type', random.one(['application/json', 'text/plain', headerText(random, 9)])],
    ],
    body: isWrong && random.below(4) === 0 ? Buffer.from(random.text(20)) : bytes,
  };
}

const signer = new SignatureV4({
  service: 'execute-api',
  region: 'us-east-1',
  credentials: { accessKeyId: PUSHER_APP.key, secretAccessKey: PUSHER_APP.secret },
  sha256: Sha256,
});

async function signed(method: string, path: string, body: Buffer | null): Promise<HttpRequest> {
  const request = { method, protocol: 'http:', hostname: HOST, path, headers: { host: HOST } };
  const { headers } = await signer.sign({ ...request, ...(body && { body }) });
  return { method, target: path, headers: Object.entries(headers), body };
}

async function connectionRequest(random: Random): Promise<HttpRequest> {
  const id = random.one(['1.2', `${String(random.below(1e9))}.1`, oddPart(random)]);
  const method = random.one(['POST', 'GET', 'DELETE']);
  const path = `/${random.one(['@', '%40'])}connections/${id.replaceAll('/', '') || 'x'}`;
  const text = random.below(3) === 0 ? broken(random, random.text(40)) : random.text(40);
  const request = await signed(method, path, method === 'POST' ? Buffer.from(text) : null);
  if (random.below(3) > 0) return request;
  const headers = request.headers
    .map(([name, value]): [string, string] => [
      name,
      name !== 'host' && random.below(3) === 0 ? headerText(random, value.length) : value,
    ])
    .filter(([name]) => name === 'host' || random.below(4) > 0);
  return { ...request, headers };
}
