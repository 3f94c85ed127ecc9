import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sign } from './pusher-socket';

export interface ReceivedEvent {
  name: string;
  channel: string;
  user_id?: string;
}

/** What an app's webhooks post to. */
export class WebhookReceiver {
  readonly events: ReceivedEvent[] = [];
  /** Posts whose signature was wrong. */
  forged = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        if (request.headers['x-pusher-signature'] !== sign(body)) receiver.forged++;
        receiver.events.push(...(JSON.parse(body) as { events: ReceivedEvent[] }).events);
        response.end();
      });
    });
    const receiver = new WebhookReceiver(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/`;
  }

  of(name: string, channel: string): ReceivedEvent[] {
    return this.events.filter((event) => event.name === name && event.channel === channel);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
