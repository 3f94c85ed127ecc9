import { SESSION_COOKIE } from '@hubbub/protocol';
import { CLOSE, FrameReader, TEXT } from '../../bench/load/frames';
import { PUSHER_APP } from '../../testing/pusher-pages';
import type { Random } from '../../testing/random';
import { converse, type Said } from '../http/connection';
import { headerText, oddPart } from '../http/request';
import { pusherMessage } from '../inputs/pusher-messages';
import { rawFrame, textFrame } from '../inputs/raw-frames';
import { roomFrame } from '../inputs/room-frames';
import type { Stage } from '../stage';
import { inParallel, type Target, type Work } from '../target';
import { judge } from './judge';

const AT_ONCE = 8;
const FRAMES = 12;
/** Closes with which a server says that it is the one to blame (RFC 6455, 7.4.1; ours; Pusher's). */
const OWN_FAULT = new Set([1011, 1012, 1013, 4503, 4100, 4200]);
const OFFERS = [
  'permessage-deflate',
  'permessage-deflate; client_max_window_bits=99',
  'permessage-deflate; server_max_window_bits=8; server_max_window_bits=8',
  'permessage-deflate; x',
  'x; y="',
  ',,;=',
];

/** Upgrades and frames byte by byte: what libraries for clients never send, to both protocols' doors. */
export const rawSockets: Target = {
  id: 'raw-sockets',
  what: 'upgrades and frames that break RFC 6455',
  share: 10,
  run: (work) => inParallel(work, AT_ONCE, (random) => oneSocket(random, work)),
};

async function oneSocket(random: Random, work: Work): Promise<number> {
  const { stage, tally } = work;
  const isRoom = random.isTrue();
  const isRight = random.below(3) > 0;
  const upgrade = isRight ? rightUpgrade(random, stage, isRoom) : oddUpgrade(random, stage, isRoom);
  const frames = Array.from({ length: isRight ? random.below(FRAMES) : 1 }, () => {
    const text = isRoom ? roomFrame(random, stage) : pusherMessage(random, stage, '1.1');
    return random.isTrue() ? textFrame(text) : rawFrame(random, text);
  });
  const parts = random.isTrue() ? [upgrade, ...frames] : [Buffer.concat([upgrade, ...frames])];
  try {
    const url = random.one(stage.doors);
    check(await converse(url, parts, isRight), { parts, tally, isRight });
  } catch (error) {
    tally.wrong(String(error), parts);
  }
  return 1 + frames.length;
}

function check(
  { answers, rest }: Said,
  { parts, tally, isRight }: { parts: Buffer[]; tally: Work['tally']; isRight: boolean },
): void {
  const [first] = answers;
  if (first && first.status !== 101)
    judge(first, parts[0] ?? Buffer.alloc(0), { tally, door: 'any' });
  if (first?.status !== 101) {
    if (!first) tally.count('closed');
    if (isRight) tally.wrong('not upgraded', parts);
    return;
  }
  tally.count('101');
  new FrameReader().read(rest, (byte, payload) => {
    const opcode = byte & 0x0f;
    if (opcode === CLOSE && payload.length >= 2) {
      const code = payload.readUInt16BE(0);
      tally.count(`closed ${String(code)}`);
      if (OWN_FAULT.has(code)) tally.wrong(`closed ${String(code)}`, parts);
    } else if (opcode === TEXT && (byte & 0x40) === 0) {
      const text = payload.toString();
      if (/"code":"(?:internal|unavailable)"/.test(text)) tally.wrong(text, parts);
    }
    return true;
  });
}

function rightUpgrade(random: Random, stage: Stage, isRoom: boolean): Buffer {
  const token = random.one(stage.tokens);
  const path = isRoom ? '/ws' : `/app/${PUSHER_APP.key}?protocol=7`;
  return upgradeOf(path, [
    ...(isRoom && token !== null ? [`Authorization: Bearer ${token}`] : []),
    ...(random.isTrue() ? ['Sec-WebSocket-Protocol: hubbub.v1'] : []),
    ...(random.below(4) === 0 ? [`Sec-WebSocket-Extensions: ${OFFERS[0] ?? ''}`] : []),
  ]);
}

function upgradeOf(target: string, more: string[], fixed = FIXED): Buffer {
  const lines = [`GET ${target} HTTP/1.1`, ...fixed, ...more];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

const FIXED = [
  'Host: fuzz.example',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** One with something wrong: its path, its query, its token, its origin, or what every upgrade has to have. */
function oddUpgrade(random: Random, { owner }: Stage, isRoom: boolean): Buffer {
  const junk = () => headerText(random, random.below(60) + 1);
  const paths = isRoom
    ? ['/ws', '/ws/', '/ws?token=', '/WS', '//ws', `/ws/${oddPart(random)}`]
    : ['/app', '/app/', `/app/${PUSHER_APP.key}/x`, `/app/${oddPart(random)}`, '/app//'];
  const query = random.one([
    '',
    `?token=${oddPart(random)}`,
    `?token=${owner.token.slice(2)}`,
    `?token=${owner.token}&token=x`,
    `?protocol=${oddPart(random)}`,
    `?after=${oddPart(random)}&%FF=%00`,
    '?'.repeat(random.below(200)),
  ]);
  const odd = [
    `Origin: ${random.one(['null', 'http://elsewhere.example', 'x', '', junk()])}`,
    `Sec-WebSocket-Protocol: ${random.one(['hubbub.v2', 'a, b, a', ',', '', junk()])}`,
    `Sec-WebSocket-Extensions: ${random.one(OFFERS)}`,
    `Sec-WebSocket-Version: ${random.one(['8', '99', 'x', ''])}`,
    `Sec-WebSocket-Key: ${junk()}`,
    `Authorization: ${random.one(['Bearer', 'Bearer x', 'Basic eDp5', junk()])}`,
    `Cookie: ${SESSION_COOKIE}=${random.one(['', '%', '"', junk()])}`,
    `X-Forwarded-For: ${random.one(['203.0.113.9', 'unknown', '::1', ',,', junk()])}`,
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
  ];
  const fixed = random.below(3) === 0 ? FIXED.filter(() => random.below(4) > 0) : FIXED;
  return upgradeOf(random.one(paths) + query, [random.one(odd), random.one(odd)], fixed);
}
