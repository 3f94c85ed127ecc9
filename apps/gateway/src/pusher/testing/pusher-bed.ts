import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../env';
import { startGateway, type Gateway } from '../../gateway';
import type { Log } from '../../log';
import { keepIn, silent } from '../../testing/silent-log';
import { signedQuery } from './signed-query';
import { TestClient, type Credentials } from './test-client';

/** The app that a gateway has by itself where it has no database. */
export const APP = { id: 'app-id', key: 'app-key', secret: 'app-secret' };

/** A whole gateway in this process, and clients of it. */
export class PusherBed {
  readonly clients: TestClient[] = [];

  private constructor(
    readonly gateway: Gateway,
    private readonly folder: string,
    /** What was logged as `warn` and `error`. */
    readonly complaints: string[],
  ) {}

  /** On a free port, with a SQLite file of its own; `environment` is what differs, `apps` are those that it has. */
  static async start(
    environment: Record<string, string> = {},
    apps?: readonly object[],
  ): Promise<PusherBed> {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-pusher-'));
    const config = join(folder, 'soketi.json');
    await writeFile(config, JSON.stringify(apps ? { 'appManager.array.apps': apps } : {}));
    const complaints: string[] = [];
    const note = keepIn(complaints);
    const log: Log = { ...silent, warn: note, error: note };
    const settings = readSettings({
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: folder,
      SOKETI_CONFIG_FILE: config,
      ...environment,
    });
    return new PusherBed(await startGateway(settings, log), folder, complaints);
  }

  get host(): string {
    return `127.0.0.1:${String(this.gateway.port)}`;
  }

  url(key: string = APP.key, query = 'protocol=7&client=test&version=1'): string {
    return `ws://${this.host}/app/${key}?${query}`;
  }

  async connect(credentials: Credentials = APP): Promise<TestClient> {
    const client = await TestClient.connect(this.url(credentials.key), credentials);
    this.clients.push(client);
    return client;
  }

  /** A socket that may be refused. */
  dial(url: string, headers?: Record<string, string>): TestClient {
    const client = TestClient.dial(url, APP, headers);
    this.clients.push(client);
    return client;
  }

  /** A signed call of the HTTP API. */
  async call(method: string, path: string, body?: object | string, app = APP): Promise<Response> {
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const [pathname = '', search = ''] = path.split('?', 2);
    const given = Object.fromEntries(new URLSearchParams(search));
    const query = signedQuery(app, { method, path: pathname, query: given, body: text });
    return fetch(`http://${this.host}${pathname}?${query.toString()}`, {
      method,
      ...(text && { body: text, headers: { 'content-type': 'application/json' } }),
    });
  }

  /** Publishes an event; @throws {Error} where it was not taken. */
  async publish(channel: string, name: string, data: string, more: object = {}): Promise<void> {
    const body = { name, data, channels: [channel], ...more };
    const reply = await this.call('POST', `/apps/${APP.id}/events`, body);
    if (!reply.ok) throw new Error(await reply.text());
  }

  /** Drops all clients. */
  clear(): void {
    for (const client of this.clients.splice(0)) client.drop();
  }

  async close(): Promise<void> {
    this.clear();
    await this.gateway.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
