import type { Log } from '../../log';
import { CLOSES } from '../protocol';
import type { PusherConnection } from '../pusher-connection';
import type { PusherServer } from '../pusher-server';
import type { Handshake } from '../transport';
import type { Receiver } from './receiver';
import { openFrame } from './sockjs-frames';
import { XhrTransport } from './xhr-transport';

export interface XhrSessionOptions {
  readonly server: PusherServer;
  readonly log: Log;
  /** See `openFrame`. */
  readonly hostname: string | null;
  /** It can be forgotten. */
  readonly onOver: () => void;
}

/** One client of the HTTP fallback: many requests, one Pusher connection. */
export class XhrSession {
  readonly transport: XhrTransport;
  /** Null where the connection was refused. */
  readonly #opened: Promise<PusherConnection | null>;

  constructor(handshake: Handshake, options: XhrSessionOptions) {
    const { server, log, hostname, onOver } = options;
    this.transport = new XhrTransport({
      greeting: openFrame(hostname),
      onEnded: (code) => {
        void this.#opened.then((connection) => connection?.ended(code));
      },
      onOver,
    });
    this.#opened = server.accept(this.transport, handshake).catch((error: unknown) => {
      log.error('pusher: a connection of the fallback failed to open', { error: String(error) });
      this.transport.close(CLOSES.unavailable.code, CLOSES.unavailable.message);
      return null;
    });
  }

  attach(receiver: Receiver): boolean {
    void this.#hear();
    return this.transport.attach(receiver);
  }

  /** Takes the messages of one request, in their order. None: the client asks whether somebody is there. */
  async receive(messages: readonly string[]): Promise<void> {
    if (messages.length === 0) this.transport.answer();
    this.transport.noteAnswer();
    const connection = await this.#hear();
    if (!connection) return;
    for (const message of messages) {
      if (!this.transport.isOpen) return;
      connection.receive(message);
    }
  }

  /** Every request is as good as a ping: a client of the fallback sends no other. */
  async #hear(): Promise<PusherConnection | null> {
    const connection = await this.#opened;
    if (connection) {
      connection.heardAt = performance.now();
      connection.lastActiveAt = Date.now();
    }
    return connection;
  }
}
