import { connect, type Socket } from 'node:net';
import { ClientFrames, PONG, TEXT } from './frames';

/** For all sockets: each has done with it before the next one reads. Many of them wait for a turn to be read, and then have much. */
const READ_BUFFER = Buffer.alloc(256 * 1024);

export const CLOSED_BY_SERVER = 'the server has closed the connection';

const HEADERS_MAX_CHARS = 16 * 1024;

const CONTEXT_TAKEOVER_OFF = /^sec-websocket-extensions:.*server_no_context_takeover/im;

export interface ConnectionOptions {
  port: number;
  path: string;
  /** Whether to offer permessage-deflate. */
  isCompressed: boolean;
}

export interface ConnectionListener {
  opened(upgraded: { hasContextTakeover: boolean }): void;
  /** A view of what came, which is the next socket's in a moment. Not called once it is closed. */
  read(bytes: Buffer): void;
  /** Called once, whoever it was; not where it was closed by `drop`. */
  closed(reason: string): void;
}

/** A WebSocket over a bare TCP socket: it costs little more than the system's part of it. */
export class Connection {
  /** After each reading what comes waits in the system's buffers for `resume`. */
  takesTurns = false;
  readonly #socket: Socket;
  readonly #frames = new ClientFrames();
  readonly #listener: ConnectionListener;
  #isOpen = false;
  #isClosed = false;
  #upgrade = '';

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#listener = listener;
    this.#socket = connect({
      host: '127.0.0.1',
      port: options.port,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length) => {
          this.#read(READ_BUFFER.subarray(0, length));
          return !this.takesTurns;
        },
      },
    });
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(options)));
    this.#socket.on('error', (error) => {
      this.close(error.message);
    });
    this.#socket.on('close', () => {
      this.close(CLOSED_BY_SERVER);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Goes out with `flush`, in one write with all the others. */
  queue(text: string): void {
    this.#frames.add(TEXT, text);
  }

  flush(): void {
    const bytes = this.#frames.take();
    if (bytes && !this.#isClosed) this.#socket.write(bytes);
  }

  say(text: string): void {
    this.queue(text);
    this.flush();
  }

  pong(): void {
    this.#frames.add(PONG, '');
    this.flush();
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
  }

  /** Closes it, and tells the listener. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.drop();
    this.#listener.closed(reason);
  }

  /** Closes it at once, without a word to anybody: no port is kept waiting by it. */
  drop(): void {
    this.#isClosed = true;
    this.#socket.resetAndDestroy();
  }

  #read(bytes: Buffer): void {
    if (this.#isClosed) return;
    if (this.#isOpen) {
      this.#listener.read(bytes);
      return;
    }
    this.#upgrade += bytes.toString('latin1');
    const end = this.#upgrade.indexOf('\r\n\r\n');
    const headers = this.#upgrade.slice(0, end < 0 ? HEADERS_MAX_CHARS : end);
    if (end < 0 && headers.length < HEADERS_MAX_CHARS) return;
    if (!headers.startsWith('HTTP/1.1 101')) {
      this.close(headers.slice(0, 200));
      return;
    }
    const rest = Buffer.from(this.#upgrade.slice(end + 4), 'latin1');
    this.#upgrade = '';
    this.#isOpen = true;
    this.#listener.opened({ hasContextTakeover: !CONTEXT_TAKEOVER_OFF.test(headers) });
    if (rest.length > 0) this.#read(rest);
  }
}

function upgradeRequest({ port, path, isCompressed }: ConnectionOptions): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${String(port)}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...(isCompressed
      ? ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits']
      : []),
    '\r\n',
  ].join('\r\n');
}
