import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Outcome, Sender } from './sender';
import { PUSHER_APP } from './wire';
import { contentOf, type Message } from './workload';

/** Shorter than servers wait: an event that meets a closing connection would be lost. */
const IDLE_MS = 3_000;
/** Requests on their way at a time. */
const SOCKETS = 16;
const REQUEST_MS = 10_000;

const PATH = `/apps/${PUSHER_APP.id}/events`;

/** Publishes by the Pusher protocol's HTTP API, as a server does: signed, over connections that stay open. */
export class Publisher implements Sender {
  readonly isAnswered = true;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS, timeout: IDLE_MS });

  constructor(private readonly port: number) {}

  send(message: Message, dueAt: number, outcome: Outcome): void {
    const body = JSON.stringify({
      name: 'message',
      channel: message.room,
      data: contentOf(message),
    });
    const bytes = Buffer.from(body);
    const options = {
      host: '127.0.0.1',
      port: this.port,
      method: 'POST',
      path: `${PATH}?${signedQuery(bytes)}`,
      headers: { 'content-type': 'application/json', 'content-length': bytes.length },
      agent: this.#agent,
      timeout: REQUEST_MS,
    };
    let isAnswered = false;
    const sent = request(options, (response) => {
      isAnswered = true;
      response.resume();
      response.on('error', () => undefined);
      response.on('close', () => {
        const status = response.complete ? String(response.statusCode) : 'cut off';
        outcome({ dueAt, refusal: status === '200' ? null : status });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', (error) => {
      // Behind the answer it is told by that.
      if (!isAnswered) outcome({ dueAt, refusal: error.message });
    });
    sent.end(bytes);
  }

  /** A request goes by itself. */
  flush(): void {
    return;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** https://pusher.com/docs/channels/library_auth_reference/rest-api/#authentication */
function signedQuery(body: Buffer): string {
  const query = [
    `auth_key=${PUSHER_APP.key}`,
    `auth_timestamp=${String(Math.floor(Date.now() / 1000))}`,
    'auth_version=1.0',
    `body_md5=${createHash('md5').update(body).digest('hex')}`,
  ].join('&');
  const signature = createHmac('sha256', PUSHER_APP.secret)
    .update(`POST\n${PATH}\n${query}`)
    .digest('hex');
  return `${query}&auth_signature=${signature}`;
}
