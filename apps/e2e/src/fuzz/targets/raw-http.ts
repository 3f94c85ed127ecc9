import type { Random } from '../../testing/random';
import { converse } from '../http/connection';
import { headerText, oddPart } from '../http/request';
import { inParallel, type Target } from '../target';
import { judge } from './judge';

const AT_ONCE = 8;
const METHODS = ['GET', 'POST', 'CONNECT', 'TRACE', 'M-SEARCH', 'get', 'G@T', '', 'X'.repeat(99)];
const PATHS = ['/api/me', '/api/rooms', '/apps/app-id/events', '/pusher/app/k/1/abcdefgh/xhr_send'];
const VERSIONS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/9.9',
  'http/1.1',
  'HTTP',
  '',
];
const ENDS = ['\r\n', '\r\n', '\r\n', '\n', '\r', ''];
const LINES = [
  'Content-Length: 5',
  'Content-Length: 5, 6',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Content-Length: 0x5',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding : chunked',
  'Expect: 100-continue',
  'Expect: 200-ok',
  'Connection: Upgrade',
  'Upgrade: h2c',
  'Upgrade: websocket',
  'HTTP2-Settings: AAMAAABkAAQAAP__',
  'No colon',
  ': no name',
  ' folded: line',
  'A\u0000B: c',
  'A: b\u0000c',
  'Host:',
  'Host: a\r\nHost: b',
  'Host: [::1',
  'Host: evil/../x',
  'Content-Type: application/json',
];
const BODIES = [
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  'zz\r\nhello',
  '5;x=y\r\nhello\r\n',
  '{"name":',
];
/** Other protocols that knock at this door. */
const STRANGERS = [
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('160301020001000001fc0303', 'hex'),
  Buffer.from('SSH-2.0-x\r\n'),
  Buffer.from('\r\n\r\n\r\n'),
  Buffer.from('*1\r\n$4\r\nPING\r\n'),
  Buffer.alloc(70_000, 'A'),
];

/** Bytes that are nearly HTTP. Whatever is answered is no failure, and the connection ends. */
export const rawHttp: Target = {
  id: 'raw-http',
  what: 'bytes that are nearly HTTP',
  share: 10,
  run: (work) => {
    const { stage, tally } = work;
    return inParallel(work, AT_ONCE, async (random) => {
      const parts = nearlyHttp(random);
      try {
        const { answers } = await converse(random.one(stage.cluster.gateways), parts);
        if (answers.length === 0) tally.count('closed');
        const bytes = Buffer.concat(parts);
        for (const answer of answers) judge(answer, bytes, { tally, door: 'any' });
      } catch (error) {
        tally.wrong(String(error), parts);
      }
      return 1;
    });
  },
};

function nearlyHttp(random: Random): Buffer[] {
  if (random.below(20) === 0) return [random.one(STRANGERS)];
  const end = () => random.one(ENDS);
  const target = random.one([
    random.one(PATHS),
    `/${oddPart(random)}`,
    `/api/rooms/${oddPart(random)}`,
    'http://elsewhere.example/api/me',
    'elsewhere.example:443',
    '*',
    '//',
    '/api/me HTTP/1.1\r\nX: y',
    `/${'a'.repeat(random.below(20_000))}`,
    `/${headerText(random, 40)}`,
  ]);
  const count = random.below(20) === 0 ? 2_500 : random.below(6);
  const lines = Array.from({ length: count }, () =>
    random.below(4) === 0 ? headerText(random, random.below(80)) : random.one(LINES),
  );
  const first = `${random.one(METHODS)} ${target} ${random.one(VERSIONS)}`;
  const host = random.below(4) > 0 ? ['Host: fuzz.example'] : [];
  const head = [first, ...host, ...lines].map((line) => line + end()).join('');
  const bytes = Buffer.from(`${head}${end()}${random.one(BODIES)}`, 'latin1');
  if (random.below(4) > 0) return [bytes];
  const at = random.below(bytes.length);
  return [bytes.subarray(0, at), bytes.subarray(at)];
}
