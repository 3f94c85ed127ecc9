import WebSocket, { type RawData } from 'ws';
import { REQUESTS, ServerFrame } from '@hubbub/protocol';
import { Random } from './random';
import { socketUrl } from './raw-client';
import { waitFor } from './wait-for';

export interface FuzzOptions {
  /** Of a gateway. */
  url: string;
  frames: number;
  /** The same seed sends the same frames. */
  seed: number;
  /** Who sends them; null: an anonymous viewer. */
  tokens: (string | null)[];
  rooms: string[];
  progress?: (sent: number) => void;
}

export interface FuzzReport {
  sent: number;
  connections: number;
  /** Answers by code; `ok` is one. */
  answers: Record<string, number>;
  /** Closes by code. */
  closes: Record<string, number>;
  /** Whatever should not be: no answer, `internal`, a frame that is none of the protocol. */
  problems: string[];
}

/** Closes that a bad frame may be answered with: RFC 6455's own, and P1, P7. */
const EXPECTED_CLOSES = new Set([1002, 1003, 1007, 1009, 4400]);
const AT_ONCE = 8;
const BATCH = 12;

/**
 * Sends random frames: right ones, nearly right ones, and noise. Each text frame has to get one coded answer or end the
 * connection with a code that says why (G10).
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const report: FuzzReport = { sent: 0, connections: 0, answers: {}, closes: {}, problems: [] };
  const workers = Array.from({ length: AT_ONCE }, async (_, i) => {
    const random = new Random(options.seed * AT_ONCE + i);
    const share = Math.ceil(options.frames / AT_ONCE);
    let sent = 0;
    while (sent < share && report.problems.length < 20) {
      sent += await oneConnection(random, options, report);
      options.progress?.(report.sent);
    }
  });
  await Promise.all(workers);
  return report;
}

/** One connection until it is closed for what it sends, or for long enough. Frames that it sent. */
async function oneConnection(
  random: Random,
  options: FuzzOptions,
  report: FuzzReport,
): Promise<number> {
  const token = random.one(options.tokens);
  const ws = new WebSocket(socketUrl(options.url), {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
  const state = { isOpen: false, closed: 0, answers: 0 };
  ws.on('open', () => (state.isOpen = true));
  ws.on('error', () => undefined);
  ws.on('close', (code: number) => (state.closed = code));
  ws.on('message', (data: RawData) => {
    const text = (data as Buffer).toString();
    const frame = ServerFrame.safeParse(JSON.parse(text));
    if (!frame.success) report.problems.push(`not of the protocol: ${text}`);
    else if (frame.data.event === 'ok' || frame.data.event === 'error') {
      const code = frame.data.event === 'ok' ? 'ok' : frame.data.data.code;
      if (code === 'internal') report.problems.push(text);
      state.answers++;
      report.answers[code] = (report.answers[code] ?? 0) + 1;
    }
  });
  await waitFor(() => state.isOpen || state.closed, {
    what: 'the gateway takes a connection',
    timeoutMs: 20_000,
  });
  report.connections++;
  let sent = 0;
  let texts = 0;
  while (sent < 200 && !state.closed) {
    const batch = Array.from({ length: random.below(BATCH) + 1 }, () =>
      randomFrame(random, options),
    );
    for (const frame of batch) {
      ws.send(frame);
      sent++;
      if (typeof frame === 'string') texts++;
    }
    await waitFor(() => state.closed || state.answers >= texts, {
      what: 'each frame gets an answer',
      timeoutMs: 20_000,
      everyMs: 1,
    }).catch(() => {
      const open = String(texts - state.answers);
      report.problems.push(`${open} without an answer of: ${batch.map(shown).join(' | ')}`);
      ws.terminate();
    });
    if (state.answers > texts) report.problems.push('more answers than frames');
  }
  report.sent += sent;
  if (state.closed && !EXPECTED_CLOSES.has(state.closed)) {
    report.problems.push(`closed ${String(state.closed)}`);
  }
  const close = state.closed ? String(state.closed) : 'by the client';
  report.closes[close] = (report.closes[close] ?? 0) + 1;
  ws.terminate();
  return sent;
}

function randomFrame(random: Random, options: FuzzOptions): string | Buffer {
  const dice = random.below(100);
  if (dice < 70) return JSON.stringify(nearlyRight(random, options, random.below(100) < 12));
  if (dice < 80) return JSON.stringify(anything(random, 3));
  if (dice < 90) return cut(random, JSON.stringify(nearlyRight(random, options, false)));
  if (dice < 97) return random.text(random.below(60));
  if (dice < 98) return '['.repeat(random.below(8_000));
  if (dice < 99) return Buffer.from(random.text(20));
  return 'x'.repeat(16_000 + random.below(800));
}

/** A request as it should be or, with `isWrong`, with one part of it wrong. */
function nearlyRight(random: Random, { rooms }: FuzzOptions, isWrong: boolean): object {
  const event = random.one(Object.keys(REQUESTS));
  const room = random.below(10) === 0 ? random.one(['no-such-room', '~0', 'a']) : random.one(rooms);
  const data: Record<string, unknown> = { room };
  switch (event) {
    case 'join':
      if (random.isTrue()) data['after'] = random.below(2_000);
      break;
    case 'send':
      Object.assign(data, {
        key: `key-${String(random.below(1e9))}`,
        text: random.text(random.below(260)) || 'x',
      });
      if (random.isTrue()) data['danmaku'] = { mode: 'scroll', color: '#00ff00', size: 'small' };
      if (random.below(10) === 0) data['replyTo'] = random.below(50) + 1;
      break;
    case 'history':
      if (random.isTrue()) data['limit'] = random.below(200) + 1;
      if (random.isTrue()) data[random.one(['before', 'after'])] = random.below(500) + 1;
      break;
    case 'delete':
    case 'read':
      data['seq'] = random.below(500) + 1;
      break;
    case 'mute':
    case 'unmute':
      data['user'] = random.one(['nobody', 'admin', random.text(8) || 'x']);
      break;
    case 'like':
      data['count'] = random.below(20) + 1;
      break;
    default:
  }
  const frame: Record<string, unknown> = { event, id: random.below(1e6), data };
  if (!isWrong) return frame;
  const target = random.isTrue() ? frame : data;
  const key = random.one([...Object.keys(target), '__proto__', 'constructor', 'extra']);
  if (random.below(4) === 0)
    return Object.fromEntries(Object.entries(target).filter(([it]) => it !== key));
  Object.defineProperty(target, key, {
    value: anything(random, 2),
    enumerable: true,
    configurable: true,
  });
  return frame;
}

/** Any JSON, not too deep. */
function anything(random: Random, depth: number): unknown {
  switch (random.below(depth > 0 ? 9 : 7)) {
    case 0:
      return null;
    case 1:
      return random.isTrue();
    case 2:
      return random.one([0, -1, 1.5, 1e308, -0, 2 ** 53, 2 ** 31, Number.MIN_VALUE]);
    case 3:
      return random.below(1_000);
    case 4:
      return random.text(random.below(30));
    case 5:
      return random.one([
        '',
        'join',
        'send',
        '__proto__',
        'constructor',
        'toString',
        "' OR 1=1 --",
      ]);
    case 6:
      return {};
    case 7:
      return Array.from({ length: random.below(4) }, () => anything(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [
          random.one(['event', 'id', 'data', 'room', '__proto__', random.text(4)]),
          anything(random, depth - 1),
        ]),
      );
  }
}

function cut(random: Random, text: string): string {
  const at = random.below(text.length);
  return random.isTrue()
    ? text.slice(0, at)
    : text.slice(0, at) + random.text(1) + text.slice(at + 1);
}

function shown(frame: string | Buffer): string {
  return JSON.stringify(frame.toString().slice(0, 200));
}
