import { PusherBed } from '../../pusher/testing/pusher-bed';
import { until } from '../../testing/until';
import { RoomClient, type Dialled } from './room-client';

export const ADMIN_TOKEN = 'the token of a trusted server';

/** A whole gateway in this process, and clients of its rooms. This process is its trusted proxy: clients say where they are from. */
export class SocketBed {
  readonly #clients: RoomClient[] = [];

  private constructor(readonly pusher: PusherBed) {}

  /** `environment` is what differs. */
  static async start(environment: Record<string, string> = {}): Promise<SocketBed> {
    return new SocketBed(await PusherBed.start({ ADMIN_TOKEN, ...environment }));
  }

  get host(): string {
    return this.pusher.host;
  }

  get port(): number {
    return this.pusher.gateway.port;
  }

  async open(options?: Dialled): Promise<RoomClient> {
    const client = await RoomClient.open(this.host, options);
    this.#clients.push(client);
    return client;
  }

  /** A request under /api. @throws {Error} where it is refused. */
  async must(path: string, body: object, token?: string): Promise<Record<string, unknown>> {
    const reply = await fetch(`http://${this.host}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${path}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async guestToken(): Promise<string> {
    return (await this.must('/api/sessions/guest', { name: 'Ann' }))['token'] as string;
  }

  async accountToken(handle: string): Promise<string> {
    const body = { handle, name: handle, password: 'correct horse' };
    return (await this.must('/api/accounts', body))['token'] as string;
  }

  async botToken(handle: string): Promise<string> {
    const body = { handle, name: handle, password: 'correct horse', role: 'bot' };
    return (await this.must('/api/accounts', body, ADMIN_TOKEN))['token'] as string;
  }

  async room(slug: string, token: string): Promise<string> {
    await this.must('/api/rooms', { slug, title: slug }, token);
    return slug;
  }

  /** How often somebody was refused for this. */
  async limited(limit: string): Promise<number> {
    const text = await (await fetch(`http://${this.host}/metrics`)).text();
    const line = new RegExp(`^hubbub_limited_total\\{[^}]*limit="${limit}"[^}]*\\} (\\d+)$`, 'm');
    return Number(line.exec(text)?.[1] ?? 0);
  }

  /** Drops all clients; resolves when the gateway has heard of it. */
  async clear(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.drop();
    this.pusher.clear();
    await until('all are gone', async () => {
      const text = await (await fetch(`http://${this.host}/metrics`)).text();
      return /^hubbub_connections\{[^}]*\} 0$/m.test(text);
    });
  }

  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.drop();
    await this.pusher.close();
  }
}
