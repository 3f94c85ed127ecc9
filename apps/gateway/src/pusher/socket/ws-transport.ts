import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Frame } from '../../fanout/frame';
import type { Outgoing } from '../../fanout/outgoing';
import { TOPIC_BACKLOG_LIMIT_BYTES } from '../../fanout/peer';
import { WriteThrough } from '../../write-through';
import { CLOSES } from '../protocol';
import type { Transport } from '../transport';

/** What `ws` keeps and its type declarations do not describe. */
interface Internals {
  _socket: Socket | null;
}

/** What the payload of a close frame has room for beside the code (RFC 6455, 5.5). */
const REASON_MAX_BYTES = 123;

/** A Pusher connection on a WebSocket. */
export class WsTransport implements Transport {
  readonly #socket: Socket;
  readonly #network: WriteThrough;

  constructor(private readonly ws: WebSocket) {
    const { _socket: socket } = ws as unknown as Internals;
    if (!socket) throw new Error('a transport needs an open socket');
    this.#socket = socket;
    this.#network = new WriteThrough(socket);
  }

  get isOpen(): boolean {
    return this.ws.readyState === this.ws.OPEN;
  }

  get backlogBytes(): number {
    return this.#socket.writableLength;
  }

  /** Past `ws`, whose own path would frame anew for each socket. */
  write(outgoing: Outgoing): void {
    if (this.isOpen) this.#network.write(outgoing.plain);
  }

  /** Also ends a client that asks and asks and does not read the answers. */
  writeText(text: string): void {
    if (!this.isOpen) return;
    this.#socket.write(new Frame(text).plain);
    if (this.backlogBytes > TOPIC_BACKLOG_LIMIT_BYTES) this.giveUp();
  }

  ping(): void {
    if (this.isOpen) this.ws.ping();
  }

  giveUp(): void {
    this.close(CLOSES.tooSlow.code, CLOSES.tooSlow.message);
  }

  close(code: number, reason: string): void {
    if (this.isOpen) this.ws.close(code, shortened(reason));
  }

  terminate(): void {
    this.ws.terminate();
  }
}

function shortened(reason: string): string {
  let text = reason.slice(0, REASON_MAX_BYTES);
  while (Buffer.byteLength(text) > REASON_MAX_BYTES) text = text.slice(0, -1);
  return text;
}
