import { randomBytes } from 'node:crypto';
import type { Bus } from '../../cluster/bus';
import { BACKLOG_LIMIT_BYTES } from '../../fanout/peer';
import type { Log } from '../../log';
import { Refusal } from '../../refusal';
import type { PusherApp } from '../app';
import { CLOSES } from '../protocol';
import type { PusherConnections } from '../pusher-connections';

const ANSWER_MAX_MS = 1_000;
/** Gateways come back to a Redis that was away one after the other, within this time. */
const GATHERING_MS = 2_000;

const ownerChannel = (number: string) => `hubbub:sockets:${number}`;
const answerChannel = (number: string) => `hubbub:socket-answers:${number}`;

export type ConnectionCommand =
  { type: 'post'; text: string } | { type: 'get' } | { type: 'delete' };

export type ConnectionAnswer =
  | { type: 'done' }
  /** Times in Unix ms. */
  | { type: 'found'; openedAt: number; lastActiveAt: number; address: string; userAgent: string }
  /** The app has no such connection. */
  | { type: 'gone' }
  /** The connection does not read what it was sent; nothing more was written. */
  | { type: 'full' };

/** What one gateway asks another one. */
interface Question {
  nonce: string;
  /** The number of the gateway that asks. */
  from: string;
  app: string;
  socketId: string;
  command: ConnectionCommand;
}

/** What the other one says. */
interface Answer {
  nonce: string;
  answer: ConnectionAnswer;
}

export interface ConnectionControlOptions {
  bus: Bus;
  connections: PusherConnections;
  log: Log;
}

/** Reaches a single connection by its socket id, whichever gateway has it. */
export class ConnectionControl {
  readonly #options: ConnectionControlOptions;
  readonly #open = new Map<string, (answer: ConnectionAnswer) => void>();
  /** `performance.now()`; everybody who is there has been heard of by then. */
  #gatheredAt: number;

  constructor(options: ConnectionControlOptions) {
    this.#options = options;
    const { bus, connections } = options;
    this.#gatheredAt = bus.isWell ? -Infinity : Infinity;
    bus.onChange((isWell) => {
      this.#gatheredAt = isWell ? performance.now() + GATHERING_MS : Infinity;
    });
    void bus.subscribe(ownerChannel(connections.number), (payload) => {
      void this.#serve(JSON.parse(payload.toString()) as Question);
    });
    void bus.subscribe(answerChannel(connections.number), (payload) => {
      const { nonce, answer } = JSON.parse(payload.toString()) as Answer;
      this.#open.get(nonce)?.(answer);
    });
  }

  /**
   * Resolves when the gateway of the connection has done it. Connections of this gateway are reached without the bus.
   *
   * @throws {Refusal} `unavailable` where that gateway does not answer: it may have been done.
   */
  async run(
    app: PusherApp,
    socketId: string,
    command: ConnectionCommand,
  ): Promise<ConnectionAnswer> {
    const [owner = ''] = socketId.split('.');
    const { number } = this.#options.connections;
    if (owner === number) return this.#runHere(app.id, socketId, command);
    if (!/^\d+\.\d+$/.test(socketId)) return { type: 'gone' };
    const nonce = randomBytes(9).toString('base64url');
    return this.#ask(owner, { nonce, from: number, app: app.id, socketId, command });
  }

  close(): void {
    const { bus, connections } = this.#options;
    bus.unsubscribe(ownerChannel(connections.number));
    bus.unsubscribe(answerChannel(connections.number));
  }

  async #ask(owner: string, question: Question): Promise<ConnectionAnswer> {
    const { nonce } = question;
    let giveUp: NodeJS.Timeout | undefined;
    try {
      return await new Promise<ConnectionAnswer>((resolve, reject) => {
        this.#open.set(nonce, resolve);
        giveUp = setTimeout(() => {
          reject(unavailable());
        }, ANSWER_MAX_MS);
        this.#send(owner, question).then((isSent) => {
          if (!isSent) resolve({ type: 'gone' });
        }, reject);
      });
    } finally {
      clearTimeout(giveUp);
      this.#open.delete(nonce);
    }
  }

  /** False where there is no such gateway. @throws {Refusal} where nobody can tell. */
  async #send(owner: string, question: Question): Promise<boolean> {
    const { bus, connections } = this.#options;
    if ((await bus.publish(ownerChannel(owner), JSON.stringify(question))) > 0) return true;
    // Nobody, or not published? What goes to this gateway itself by the same connection is heard by somebody for certain.
    const nobody = JSON.stringify({ nonce: '', answer: { type: 'gone' } });
    const isHeard = (await bus.publish(answerChannel(connections.number), nobody)) > 0;
    if (!isHeard || performance.now() < this.#gatheredAt) throw unavailable();
    return false;
  }

  async #serve({ nonce, from, app, socketId, command }: Question): Promise<void> {
    const answer = this.#runHere(app, socketId, command);
    const reached = await this.#options.bus.publish(
      answerChannel(from),
      JSON.stringify({ nonce, answer }),
    );
    if (reached === 0) this.#options.log.debug('pusher: an answer reached nobody', { from });
  }

  #runHere(app: string, socketId: string, command: ConnectionCommand): ConnectionAnswer {
    const connection = this.#options.connections.find(socketId);
    if (!connection?.transport.isOpen || connection.app.id !== app) return { type: 'gone' };
    const { transport, handshake, openedAt, lastActiveAt } = connection;
    switch (command.type) {
      case 'post':
        if (transport.backlogBytes > BACKLOG_LIMIT_BYTES) return { type: 'full' };
        connection.sendText(command.text);
        return { type: 'done' };
      case 'get': {
        const { address, userAgent } = handshake;
        return { type: 'found', openedAt, lastActiveAt, address, userAgent };
      }
      case 'delete':
        // 4009, as when a user's connections are terminated: with 1000, which API Gateway sends, pusher-js is back in a second.
        connection.close(CLOSES.terminated);
        return { type: 'done' };
    }
  }
}

function unavailable(): Refusal {
  return new Refusal('unavailable', 'the gateway of this connection does not answer', {
    retryAfterMs: 1_000,
  });
}
