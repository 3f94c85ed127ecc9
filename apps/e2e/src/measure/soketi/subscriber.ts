import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { CLOSE, clientFrame, FrameCounter, FrameReader, PING, PONG, TEXT } from './frames';
import { APP, CHANNEL, DELIVERY_BYTES, timeIn } from './wire';

const SUBSCRIBE = clientFrame(
  TEXT,
  JSON.stringify({ event: 'pusher:subscribe', data: { channel: CHANNEL } }),
);
const PONG_FRAME = clientFrame(PONG, '');
const CONNECT_MS = 30_000;

/** For all sockets: each has done with it before the next one reads. */
const READ_BUFFER = Buffer.alloc(64 * 1024);

/** Called with the time at which an event was due. */
export type Sample = (dueAt: number) => void;

/**
 * A subscriber of the one channel, over a bare TCP socket: it costs little more than the system's part of it. One without a
 * `sample` counts what it gets by the length alone.
 */
export class Subscriber {
  deliveries = 0;
  isClosed = false;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #counter = new FrameCounter((opcode, bytes) => {
    this.#count(opcode, bytes);
  });
  #upgrade = '';
  #stage: 'upgrade' | 'connect' | 'subscribed' = 'upgrade';
  #subscribed: () => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  private constructor(
    port: number,
    private readonly sample: Sample | null,
  ) {
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length) => {
          this.#read(length);
          return true;
        },
      },
    });
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(port)));
    this.#socket.on('error', (error) => {
      this.#failed(error);
    });
    this.#socket.on('close', () => {
      this.isClosed = true;
      this.#failed(new Error('the server has closed the connection'));
    });
  }

  /**
   * Resolves when the channel is subscribed to.
   *
   * @throws {Error} where the server refuses it, or says nothing.
   */
  static async open(port: number, sample: Sample | null): Promise<Subscriber> {
    const subscriber = new Subscriber(port, sample);
    const timer = setTimeout(() => {
      subscriber.#failed(new Error('no subscription in time'));
    }, CONNECT_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        subscriber.#subscribed = resolve;
        subscriber.#failed = reject;
      });
    } catch (error) {
      subscriber.drop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return subscriber;
  }

  get isSampled(): boolean {
    return this.sample !== null;
  }

  /** What comes waits in the system's buffers. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** At once, without a word. */
  drop(): void {
    this.#socket.resetAndDestroy();
  }

  #read(length: number): void {
    if (this.#stage === 'subscribed' && !this.sample) {
      this.#counter.read(READ_BUFFER, length);
      return;
    }
    // The buffer is the next socket's in a moment.
    const bytes = Buffer.from(READ_BUFFER.subarray(0, length));
    if (this.#stage === 'upgrade') this.#readUpgrade(bytes);
    else this.#reader.push(bytes);
    this.#readFrames();
  }

  #readUpgrade(bytes: Buffer): void {
    this.#upgrade += bytes.toString('latin1');
    const end = this.#upgrade.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (!this.#upgrade.startsWith('HTTP/1.1 101')) {
      this.#failed(new Error(this.#upgrade.slice(0, 200)));
      return;
    }
    this.#stage = 'connect';
    this.#reader.push(Buffer.from(this.#upgrade.slice(end + 4), 'latin1'));
    this.#upgrade = '';
  }

  #readFrames(): void {
    if (this.#stage === 'upgrade') return;
    for (;;) {
      const frame = this.#reader.next();
      if (!frame) return;
      if (this.#stage === 'subscribed') this.#take(frame.opcode, frame.payload);
      else if (frame.opcode === TEXT) this.#greet(frame.payload.toString());
      if (this.#stage === 'subscribed' && !this.sample) {
        const { rest } = this.#reader;
        this.#counter.read(rest, rest.length);
        return;
      }
    }
  }

  #greet(text: string): void {
    if (text.includes('"pusher:connection_established"')) this.#socket.write(SUBSCRIBE);
    else if (text.includes('"pusher_internal:subscription_succeeded"')) {
      this.#stage = 'subscribed';
      this.#subscribed();
    } else if (text.includes('error"')) this.#failed(new Error(text));
  }

  #take(opcode: number, payload: Buffer): void {
    this.#count(opcode, payload.length);
    if (opcode === TEXT && payload.length === DELIVERY_BYTES)
      this.sample?.(timeIn(payload.toString()));
  }

  #count(opcode: number, bytes: number): void {
    if (opcode === TEXT && bytes === DELIVERY_BYTES) this.deliveries++;
    else if (opcode === PING) this.#socket.write(PONG_FRAME);
    else if (opcode === CLOSE) this.drop();
  }
}

function upgradeRequest(port: number): string {
  return [
    `GET /app/${APP.key}?protocol=7&client=measure&version=1.0 HTTP/1.1`,
    `Host: 127.0.0.1:${String(port)}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n');
}
