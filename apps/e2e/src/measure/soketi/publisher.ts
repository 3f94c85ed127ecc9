import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { APP, eventAt } from './wire';

/** Shorter than servers wait: an event that meets a closing connection would be lost. */
const IDLE_MS = 3_000;

const PATH = `/apps/${APP.id}/events`;

/** Publishes by HTTP, as a server does: signed, over connections that stay open. */
export class Publisher {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16, timeout: IDLE_MS });

  constructor(private readonly port: number) {}

  /**
   * Publishes one event that was due at `dueAt`.
   *
   * @throws {Error} with the status and what was said, where it is not 200.
   */
  publish(dueAt: number): Promise<void> {
    const body = JSON.stringify(eventAt(dueAt));
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method: 'POST',
          path: `${PATH}?${signedQuery(body)}`,
          headers: { 'content-type': 'application/json', 'content-length': body.length },
          agent: this.#agent,
        },
        (response) => {
          let said = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => (said += part));
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode === 200) resolve();
            else reject(new Error(`${String(response.statusCode)} ${said.slice(0, 100)}`));
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** https://pusher.com/docs/channels/library_auth_reference/rest-api/#authentication */
function signedQuery(body: string): string {
  const query = [
    `auth_key=${APP.key}`,
    `auth_timestamp=${String(Math.floor(Date.now() / 1000))}`,
    'auth_version=1.0',
    `body_md5=${createHash('md5').update(body).digest('hex')}`,
  ].join('&');
  const signature = createHmac('sha256', APP.secret)
    .update(`POST\n${PATH}\n${query}`)
    .digest('hex');
  return `${query}&auth_signature=${signature}`;
}
