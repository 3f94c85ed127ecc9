import { SESSION_COOKIE } from '@hubbub/protocol';
import type { Random } from '../../testing/random';
import { HttpConnections } from '../http/connection';
import { encode, headerText, oddPart, type HttpRequest } from '../http/request';
import { anything, broken } from '../inputs/values';
import type { Stage } from '../stage';
import { inParallel, type Target } from '../target';
import { judge } from './judge';

const AT_ONCE = 4;
const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE'];

/** Pages and files of the web app, through Nginx. */
export const pages: Target = {
  id: 'pages',
  what: 'requests for pages and their parts',
  share: 3,
  needsWeb: true,
  run: async (work) => {
    const { stage, tally } = work;
    const connections = new HttpConnections();
    await inParallel(work, AT_ONCE, async (random, worker) => {
      const request = pageRequest(random, stage);
      const bytes = encode(request);
      const connection = connections.of(worker, stage.cluster.url);
      try {
        judge(await connection.ask(bytes, request.method === 'HEAD'), bytes, {
          tally,
          door: 'any',
        });
      } catch (error) {
        tally.wrong(String(error), bytes);
      }
      return 1;
    });
    connections.drop();
  },
};

function pageRequest(random: Random, stage: Stage): HttpRequest {
  const method = random.one(METHODS);
  const headers: HttpRequest['headers'] = [['Host', 'fuzz.example']];
  for (let i = random.below(4); i > 0; i--) headers.push(oddHeader(random, stage));
  const hasBody = method === 'POST' || method === 'PUT';
  return {
    method,
    target: targetOf(random, stage),
    headers,
    body: hasBody ? bodyOf(random) : null,
  };
}

function targetOf(random: Random, { rooms }: Stage): string {
  const path = random.one([
    '/',
    '/create',
    `/r/${random.one(rooms)}`,
    `/r/${oddPart(random)}`,
    `/r/${oddPart(random)}`,
    `/r/${random.one(rooms)}/${oddPart(random)}`,
    `/r/${random.one(rooms)}.rsc`,
    `/r/${random.one(rooms)}.segments/${oddPart(random)}`,
    `/${oddPart(random)}`,
    `/${oddPart(random)}/${oddPart(random)}`,
    `/create/${oddPart(random)}`,
    `/live/${oddPart(random)}`,
    `/_next/${oddPart(random)}`,
    `/_next/static/${oddPart(random)}`,
    `/_next/data/${oddPart(random)}/index.json`,
    `/_next/image?url=${oddPart(random)}&w=${oddPart(random)}&q=75`,
    '/_not-found',
    '/_error',
    '/500',
    '/_global-error',
    '/manifest.webmanifest',
  ]);
  const query = random.one([
    '',
    '',
    `?${oddPart(random)}`,
    `?_rsc=${oddPart(random)}`,
    '?cursor=%FF',
  ]);
  return path.includes('?') ? path : path + query;
}

/** What Next and the pages themselves look at. */
function oddHeader(random: Random, { owner }: Stage): [string, string] {
  const junk = () => headerText(random, random.below(40) + 1);
  const tree = JSON.stringify(anything(random, 3)).toWellFormed();
  return random.one<[string, string]>([
    ['RSC', '1'],
    ['Next-Router-Prefetch', random.one(['1', '2', junk()])],
    ['Next-Router-State-Tree', random.one([encodeURIComponent(tree).slice(0, 4_000), junk(), '%'])],
    ['Next-Router-Segment-Prefetch', random.one(['/_tree', '/_index', oddPart(random), junk()])],
    ['Next-Url', random.one(['/', '/r/%FF', oddPart(random)])],
    ['Next-Action', random.one(['x', '00'.repeat(21), junk()])],
    ['Accept-Language', random.one(['zh', 'x-y;q=9', '*', ',;=', junk()])],
    [
      'Cookie',
      `${SESSION_COOKIE}=${random.one([owner.token, 'x', '%', junk()])}; locale=${junk()}`,
    ],
    [
      'Content-Type',
      random.one(['multipart/form-data; boundary=x', 'text/plain;charset=UTF-8', '']),
    ],
    ['X-Forwarded-Host', random.one(['a, b', 'elsewhere.example:x', junk()])],
    ['X-Forwarded-Proto', random.one(['https', 'javascript', 'https, http'])],
    ['X-Middleware-Subrequest', 'src/proxy:src/proxy:src/proxy'],
    ['X-Nextjs-Data', '1'],
    ['X-Matched-Path', oddPart(random)],
    ['Origin', random.one(['null', 'http://elsewhere.example', junk()])],
    ['Range', random.one(['bytes=0-0', 'bytes=9-1', 'bytes=-', junk()])],
    ['If-None-Match', junk()],
    ['Accept-Encoding', random.one(['gzip', '*;q=0', junk()])],
  ]);
}

function bodyOf(random: Random): Buffer {
  const form = '--x\r\nContent-Disposition: form-data; name="1_$ACTION_ID_00"\r\n\r\n\r\n--x--\r\n';
  switch (random.below(4)) {
    case 0:
      return Buffer.from(form);
    case 1:
      return broken(random, form);
    case 2:
      return Buffer.from(JSON.stringify([anything(random)]));
    default:
      return Buffer.from(random.text(40));
  }
}
