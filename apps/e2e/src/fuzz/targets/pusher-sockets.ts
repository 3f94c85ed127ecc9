import WebSocket, { type RawData } from 'ws';
import { PUSHER_APP } from '../../testing/pusher-pages';
import type { Random } from '../../testing/random';
import { pusherMessage } from '../inputs/pusher-messages';
import type { Tally } from '../tally';
import { inParallel, type Target, type Work } from '../target';

const AT_ONCE = 8;
const BATCH = 40;
const PER_CONNECTION = 500;
const PATIENCE_MS = 20_000;
/** RFC 6455's own, and those of the protocol for who signs in wrongly, is ended by the app, or comes with what is no version. */
const EXPECTED_CLOSES = new Set([1002, 1007, 1008, 1009, 4001, 4005, 4006, 4007, 4008, 4009]);
/** Of somebody for whom the limits are as they are by default. */
const TOO_MANY = 4100;
/** Of `pusher:subscription_error`: the server has failed. */
const FAILED = 4302;
const QUERIES = [
  'protocol=7&client=js&version=8.0',
  'protocol=7',
  'protocol=5',
  'protocol=4',
  'protocol=99',
  'protocol=',
  'protocol=seven',
  'protocol=7&protocol=%FF',
  '',
  '%FF=%00&__proto__=1',
];
const KEYS = ['no-such-key', '%FF', '%00', '__proto__', 'x'.repeat(500), ''];

/** Messages of Pusher clients, to channels of every kind. After each batch the connection has to do something right, or be closed. */
export const pusherSockets: Target = {
  id: 'pusher-sockets',
  what: 'messages of the Pusher protocol',
  share: 280,
  run: (work) => inParallel(work, AT_ONCE, (random) => oneConnection(random, work)),
};

/** One connection until it is closed, or for long enough. Messages that it sent. */
async function oneConnection(random: Random, work: Work): Promise<number> {
  const { stage, tally } = work;
  const isOdd = random.below(8) === 0;
  const isLimited = random.below(20) === 0;
  const key = isOdd && random.isTrue() ? random.one(KEYS) : PUSHER_APP.key;
  const query = isOdd ? random.one(QUERIES) : QUERIES[0];
  const url = random.one(stage.cluster.gateways).replace(/^http/, 'ws');
  const peer = new Peer(
    new WebSocket(`${url}/app/${key}?${query ?? ''}`, {
      perMessageDeflate: false,
      headers: isLimited ? { 'x-forwarded-for': `203.0.113.${String(random.below(250))}` } : {},
    }),
    tally,
  );
  if (!(await peer.hears(() => peer.socketId !== '' || peer.closed > 0))) {
    tally.wrong('neither established nor closed', `/app/${key}?${query ?? ''}`);
  }
  let sent = 1;
  let batch: (string | Buffer)[] = [];
  while (sent < PER_CONNECTION && peer.closed === 0) {
    batch = Array.from({ length: random.below(BATCH) + 1 }, () =>
      pusherMessage(random, stage, peer.socketId),
    );
    for (const message of batch) {
      const isBinary = random.below(50) === 0;
      peer.ws.send(message, { binary: isBinary });
    }
    sent += batch.length;
    // One limited may be told that its message was not taken.
    if (isLimited) await peer.ponged();
    else if (!(await peer.worksStill(sent))) {
      tally.wrong('not subscribed after these', batch);
      break;
    }
  }
  const { closed } = peer;
  const isExpected = EXPECTED_CLOSES.has(closed) || (isLimited && closed === TOO_MANY);
  if (closed > 0) tally.count(`closed ${String(closed)}`);
  if (closed > 0 && !isExpected) tally.wrong(`closed ${String(closed)}`, batch);
  peer.ws.terminate();
  return sent;
}

/** A connection that checks what it is told. */
class Peer {
  socketId = '';
  closed = 0;
  #wanted = '';
  #hasSucceeded = false;
  #heard: () => void = () => undefined;

  constructor(
    readonly ws: WebSocket,
    private readonly tally: Tally,
  ) {
    ws.on('error', () => undefined);
    ws.on('close', (code: number) => {
      this.closed = code;
      this.#heard();
    });
    ws.on('message', (data: RawData) => {
      this.#take((data as Buffer).toString());
      this.#heard();
    });
  }

  /** Resolves with false where that is not so within 20 s. */
  hears(isSo: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isOk: boolean) => {
        clearTimeout(timer);
        this.#heard = () => undefined;
        resolve(isOk);
      };
      const timer = setTimeout(() => {
        end(false);
      }, PATIENCE_MS);
      this.#heard = () => {
        if (isSo()) end(true);
      };
      this.#heard();
    });
  }

  /** Whether it can subscribe to a channel of its own, or is closed. */
  async worksStill(nonce: number): Promise<boolean> {
    this.#wanted = `fence-${this.socketId}-${String(nonce)}`;
    this.#hasSucceeded = false;
    this.#say('pusher:subscribe', { channel: this.#wanted });
    const isWell = await this.hears(() => this.#hasSucceeded || this.closed > 0);
    this.#say('pusher:unsubscribe', { channel: this.#wanted });
    return isWell;
  }

  /** Resolves when what was sent has been read. */
  async ponged(): Promise<void> {
    let hasPonged = false;
    this.ws.once('pong', () => {
      hasPonged = true;
      this.#heard();
    });
    if (this.closed === 0) this.ws.ping();
    await this.hears(() => hasPonged || this.closed > 0);
  }

  #say(event: string, data: object): void {
    if (this.closed === 0) this.ws.send(JSON.stringify({ event, data }));
  }

  #take(text: string): void {
    let message: { event?: unknown; channel?: unknown; data?: unknown };
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      this.tally.wrong('this is no JSON', text);
      return;
    }
    const { event, channel, data } = message;
    if (typeof event !== 'string') {
      this.tally.wrong('this is not of the protocol', text);
      return;
    }
    this.tally.count(event.startsWith('client-') ? 'client event' : event);
    if (event === 'pusher:connection_established') {
      this.socketId = (JSON.parse(data as string) as { socket_id: string }).socket_id;
    } else if (event === 'pusher_internal:subscription_succeeded') {
      if (channel === this.#wanted) this.#hasSucceeded = true;
    } else if (event === 'pusher:error' || event === 'pusher:subscription_error') {
      this.#checkRefusal(event, data, text);
    }
  }

  #checkRefusal(event: string, data: unknown, text: string): void {
    const { code, message, error, status } = data as Record<string, unknown>;
    const isCoded =
      event === 'pusher:error'
        ? (typeof code === 'number' || code === null) && typeof message === 'string'
        : typeof status === 'number' && typeof error === 'string';
    if (!isCoded) this.tally.wrong('a refusal without a code', text);
    if (event === 'pusher:subscription_error' && status === FAILED) {
      this.tally.wrong('the server has failed', text);
    }
  }
}
