import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it has arrived. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the body. */
  readonly events: readonly ReceivedEvent[];
  /** By `performance.now()`. */
  readonly at: number;
}

export interface ReceivedEvent {
  readonly name: string;
  readonly channel: string;
  readonly data: unknown;
}

/** Answers with a status, or by itself. */
export type Answer = number | ((response: ServerResponse) => void);

/** Never answers. */
export const silence = () => undefined;

/** Somebody's server that takes webhooks. */
export class Receiver {
  readonly received: Received[] = [];
  /** Requests that were not answered yet, and the most that there were at a time. */
  open = 0;
  openMax = 0;
  answer: (received: Received) => Answer = () => 200;
  readonly #server = createServer((request, response) => {
    void text(request).then((body) => {
      this.openMax = Math.max(this.openMax, ++this.open);
      response.on('close', () => {
        this.open--;
      });
      const { url: path = '', headers } = request;
      const events = eventsOf(body);
      const received = { path, headers, body, events, at: performance.now() };
      this.received.push(received);
      const answer = this.answer(received);
      if (typeof answer === 'number') response.writeHead(answer).end('thank you');
      else answer(response);
    });
  });

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get origin(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  get url(): string {
    return `${this.origin}/hooks`;
  }

  /** All events that have arrived, in order, those that were refused too. */
  get events(): ReceivedEvent[] {
    return this.received.flatMap(({ events }) => events);
  }

  /** `data` of the events of a channel, in order. */
  dataOf(channel: string): unknown[] {
    return this.events.filter((event) => event.channel === channel).map(({ data }) => data);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function eventsOf(body: string): ReceivedEvent[] {
  const parsed = JSON.parse(body) as {
    events?: ReceivedEvent[];
    payload?: { events: ReceivedEvent[] };
  };
  return parsed.events ?? parsed.payload?.events ?? [];
}
