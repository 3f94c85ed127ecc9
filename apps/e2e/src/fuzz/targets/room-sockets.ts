import { ServerFrame } from '@hubbub/protocol';
import WebSocket, { type RawData } from 'ws';
import type { Random } from '../../testing/random';
import { socketUrl } from '../../testing/raw-client';
import { roomFrame } from '../inputs/room-frames';
import { inParallel, type Target, type Work } from '../target';

/** Closes that frames may be answered with: RFC 6455's own (of too many parts, too), and P1, P7. */
const EXPECTED_CLOSES = new Set([1002, 1003, 1007, 1008, 1009, 4400]);
/** Of somebody for whom the limits are as they are by default. */
const TOO_MANY = 4429;
/** Whoever mutes in a room where all others mute at the same moment is told to try again: it is the one reason there is. */
const BEING_CHANGED = 'the room is being changed';
const AT_ONCE = 8;
const BATCH = 24;
const NOTHING = (): void => undefined;
const PER_CONNECTION = 400;
/** More than may come in one go. */
const PER_LIMITED = 1_500;
const PATIENCE_MS = 20_000;

/** Frames of the room protocol. Each text frame has to get one coded answer or end the connection with a code that says why (G10). */
export const roomSockets: Target = {
  id: 'room-sockets',
  what: 'frames of the room protocol',
  share: 600,
  run: (work) => inParallel(work, AT_ONCE, (random) => oneConnection(random, work)),
};

/** One connection until it is closed for what it sends, or for long enough. Frames that it sent. */
async function oneConnection(random: Random, work: Work): Promise<number> {
  const { stage, tally } = work;
  const token = random.one(stage.tokens);
  // An address from elsewhere is limited as anybody's is.
  const isLimited = random.below(40) === 0;
  const ws = new WebSocket(socketUrl(random.one(stage.cluster.gateways)), {
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(isLimited && { 'x-forwarded-for': `203.0.113.${String(random.below(250))}` }),
    },
    perMessageDeflate: random.below(4) === 0,
  });
  const state = { isOpen: false, closed: 0, answers: 0, heard: NOTHING };
  const heard = () => {
    state.heard();
  };
  ws.on('open', () => {
    state.isOpen = true;
    heard();
  });
  ws.on('error', () => undefined);
  ws.on('close', (code: number) => {
    state.closed = code;
    heard();
  });
  ws.on('message', (data: RawData) => {
    state.answers += take((data as Buffer).toString(), work);
    heard();
  });
  const until = (isOver: () => boolean) =>
    new Promise<boolean>((resolve) => {
      const end = (isOk: boolean) => {
        clearTimeout(timer);
        state.heard = NOTHING;
        resolve(isOk);
      };
      const timer = setTimeout(() => {
        end(false);
      }, PATIENCE_MS);
      state.heard = () => {
        if (isOver()) end(true);
      };
      state.heard();
    });
  if (!(await until(() => state.isOpen || state.closed > 0))) {
    tally.wrong('the gateway does not take a connection', '');
    ws.terminate();
    return 1;
  }
  let sent = 0;
  let texts = 0;
  let batch: (string | Buffer)[] = [];
  while (sent < (isLimited ? PER_LIMITED : PER_CONNECTION) && state.closed === 0) {
    batch = Array.from({ length: random.below(BATCH) + 1 }, () => roomFrame(random, stage));
    for (const frame of batch) {
      const isBinary = random.below(400) === 0;
      send(ws, frame, { random, isBinary });
      sent++;
      if (!isBinary) texts++;
    }
    if (!(await until(() => state.closed > 0 || state.answers >= texts))) {
      tally.wrong(`${String(texts - state.answers)} without an answer`, batch);
      break;
    }
    if (state.answers > texts) tally.wrong('more answers than frames', batch);
  }
  const { closed } = state;
  const isExpected = EXPECTED_CLOSES.has(closed) || (isLimited && closed === TOO_MANY);
  if (closed > 0 && !isExpected) tally.wrong(`closed ${String(closed)}`, batch);
  if (closed > 0) tally.count(`closed ${String(closed)}`);
  ws.terminate();
  return Math.max(1, sent);
}

/** Sometimes in parts. */
function send(
  ws: WebSocket,
  frame: string | Buffer,
  { random, isBinary }: { random: Random; isBinary: boolean },
): void {
  const bytes = Buffer.from(frame);
  if (random.below(20) > 0) {
    ws.send(bytes, { binary: isBinary });
    return;
  }
  const parts = 1 + random.below(4);
  const size = Math.ceil(bytes.length / parts);
  for (let i = 0; i < parts; i++) {
    const part = bytes.subarray(i * size, (i + 1) * size);
    ws.send(part, { binary: isBinary, fin: i === parts - 1 });
  }
}

/** How many frames this answers: 1 or 0. */
function take(text: string, { tally }: Work): number {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const frame = ServerFrame.safeParse(json);
  if (!frame.success) {
    tally.wrong('this is not of the protocol', text);
    return 0;
  }
  const { event, data } = frame.data;
  if (event !== 'ok' && event !== 'error') return 0;
  const code = event === 'ok' ? 'ok' : data.code;
  const isForNow = text.includes(BEING_CHANGED) || tally.passesOver(text);
  const isFailure = code === 'internal' || (code === 'unavailable' && !isForNow);
  if (isFailure) tally.wrong(`answered ${code}`, text);
  tally.count(code);
  return 1;
}
