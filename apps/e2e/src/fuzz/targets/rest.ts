import { SESSION_COOKIE, SessionReply } from '@hubbub/protocol';
import { gzipSync } from 'node:zlib';
import { Api } from '../../testing/api';
import type { Random } from '../../testing/random';
import { HttpConnections } from '../http/connection';
import { encode, headerText, oddPart, type HttpRequest } from '../http/request';
import { fromSchema, type Hints } from '../inputs/from-schema';
import { anything, broken, mutated, nested } from '../inputs/values';
import { hintsOf, type RestOperation, type Stage } from '../stage';
import { inParallel, type Target } from '../target';
import { judge } from './judge';

const AT_ONCE = 8;
/** Their passwords take a processor's time, as they should: seldom right ones are enough. */
const COSTLY = new Set(['createAccount', 'signIn']);
const ODD_METHODS = ['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'LINK'];
const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'application/json; charset=nonsense',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/json;;;',
  '',
];
const ENCODINGS = ['gzip', 'deflate', 'br', 'identity', 'zstd', 'nonsense', 'gzip, gzip'];

/** What the workers share: rooms that requests have made, and sessions that may be signed out. */
interface Made {
  rooms: string[];
  tokens: string[];
}

/** Every operation of the gateway's own document, by callers of every role, with each part of the request right or wrong. */
export const rest: Target = {
  id: 'rest',
  what: 'requests to the REST interface',
  share: 60,
  run: async (work) => {
    const { stage, tally } = work;
    // The rooms of the others stay as they are.
    const api = new Api(stage.cluster.url, stage.cluster.adminToken);
    const made: Made = { rooms: [await api.room(stage.owner)], tokens: [] };
    const connections = new HttpConnections();
    await inParallel(work, AT_ONCE, async (random, worker) => {
      const url = random.one(stage.doors);
      const connection = connections.of(worker, url);
      const request = restRequest(random, stage, made);
      const bytes = encode(request, request.body !== null && random.below(20) === 0);
      try {
        const answer = await connection.ask(bytes);
        judge(answer, bytes, { tally, door: 'api' });
        if (answer.status === 201) remember(made, answer.body);
      } catch (error) {
        tally.wrong(String(error), bytes);
      }
      return 1;
    });
    connections.drop();
  },
};

function remember(made: Made, body: Buffer): void {
  const reply: unknown = JSON.parse(body.toString());
  const session = SessionReply.safeParse(reply);
  if (session.success) made.tokens = [...made.tokens, session.data.token].slice(-20);
  const { slug } = reply as { slug?: unknown };
  if (typeof slug === 'string') made.rooms = [...made.rooms, slug].slice(-50);
}

function restRequest(random: Random, stage: Stage, made: Made): HttpRequest {
  let operation = random.one(stage.operations);
  const isRight = random.below(3) === 0;
  while (COSTLY.has(operation.id) && isRight && random.below(20) > 0) {
    operation = random.one(stage.operations);
  }
  const hints: Hints = (name) => {
    if (operation.id === 'createRoom' && name === 'slug') return `f-${String(random.below(1e9))}`;
    return hintsOf(stage, random, made.rooms)(name);
  };
  const isWrong = () => !isRight && random.below(4) === 0;
  return {
    method: isWrong() && random.below(4) === 0 ? random.one(ODD_METHODS) : operation.method,
    target: targetOf(random, operation, { hints, isWrong }),
    headers: headersOf(random, operation, { stage, made, isWrong }),
    body: bodyOf(random, operation, { hints, isWrong }),
  };
}

interface Making {
  hints: Hints;
  /** Whether this part is to be wrong. */
  isWrong: () => boolean;
}

function targetOf(
  random: Random,
  { path, parameters }: RestOperation,
  { hints, isWrong }: Making,
): string {
  let target = path;
  const query: string[] = [];
  for (const { name, in: place, schema } of parameters) {
    const value = String(fromSchema(random, schema, hints, name));
    const part = isWrong() ? oddPart(random) : encodeURIComponent(value.toWellFormed());
    if (place === 'path') target = target.replace(`{${name}}`, () => part);
    else if (random.isTrue()) query.push(`${name}${isWrong() ? '[]' : ''}=${part}`);
  }
  if (isWrong())
    query.push(`${oddPart(random)}=${oddPart(random)}`, 'limit=9&limit=', '__proto__=1');
  if (isWrong() && random.below(4) === 0) target += `/${oddPart(random)}`;
  return query.length > 0 ? `${target}?${query.join('&')}` : target;
}

function headersOf(
  random: Random,
  operation: RestOperation,
  { stage, made, isWrong }: Pick<Making, 'isWrong'> & { stage: Stage; made: Made },
): HttpRequest['headers'] {
  const headers: HttpRequest['headers'] = [['Host', 'fuzz.example']];
  // Whoever signs out is not needed any more.
  const own = operation.id === 'signOut' ? [...made.tokens, null] : stage.tokens;
  const token = isWrong() ? badToken(random, stage) : random.one(own);
  if (token !== null) {
    const isCookie = random.below(4) === 0;
    headers.push(
      isCookie ? ['Cookie', `${SESSION_COOKIE}=${token}`] : ['Authorization', `Bearer ${token}`],
    );
  }
  const isForm = operation.takesForm && random.isTrue();
  if (isWrong()) headers.push(['Content-Type', random.one(TYPES)]);
  else headers.push(['Content-Type', isForm ? (TYPES[3] ?? '') : 'application/json']);
  if (!isWrong()) return headers;
  const odd: HttpRequest['headers'] = [
    ['Content-Encoding', random.one(ENCODINGS)],
    ['Origin', random.one(['null', 'http://elsewhere.example', headerText(random, 20)])],
    ['Accept', headerText(random, 30)],
    ['Cookie', `${SESSION_COOKIE}=${headerText(random, 60)}; ${headerText(random, 200)}`],
    ['X-Forwarded-For', random.one(['203.0.113.7', 'unknown', headerText(random, 20), ',,,'])],
    ['X-Forwarded-Proto', headerText(random, 8)],
    ['X-Forwarded-Host', headerText(random, 20)],
    ['If-None-Match', '*'],
    ['Range', 'bytes=0-0,9-'],
    ['X-Http-Method-Override', 'DELETE'],
    ['Connection', 'close'],
  ];
  return [...headers, random.one(odd), ...(random.isTrue() ? [random.one(odd)] : [])];
}

/** One that was right once, and others that never were. */
function badToken(random: Random, { owner }: Stage): string {
  const parts = owner.token.split('.');
  switch (random.below(5)) {
    case 0:
      return parts.slice(0, random.below(3)).join('.');
    case 1:
      return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${parts[1] ?? ''}.`;
    case 2:
      return owner.token.slice(0, -3);
    case 3:
      return `${parts[0] ?? ''}.${Buffer.from(JSON.stringify(anything(random))).toString('base64url')}.${parts[2] ?? ''}`;
    default:
      return headerText(random, random.below(300) + 1);
  }
}

function bodyOf(
  random: Random,
  { body: schema, takesForm }: RestOperation,
  { hints, isWrong }: Making,
): Buffer | null {
  if (!schema) return isWrong() ? Buffer.from(random.text(random.below(40))) : null;
  const value = fromSchema(random, schema, hints);
  const text = JSON.stringify(isWrong() ? mutated(random, value) : value);
  if (takesForm && random.below(3) === 0) {
    return Buffer.from(new URLSearchParams(value as Record<string, string>).toString());
  }
  if (!isWrong()) return Buffer.from(text);
  switch (random.below(8)) {
    case 0:
      return null;
    case 1:
      return Buffer.from(nested(random, 20_000));
    case 2:
      return Buffer.alloc(random.below(100_000), 'x');
    case 3:
      return gzipSync(text);
    case 4:
      return Buffer.from(random.text(30));
    default:
      return broken(random, text);
  }
}
