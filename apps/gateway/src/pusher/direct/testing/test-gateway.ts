import type { RequestHandler } from 'express';
import type { PusherApp } from '../../app';
import { inCluster, PusherDoor } from '../../testing/pusher-door';
import type { TestApps } from '../../testing/test-apps';
import { TestClient } from '../../testing/test-client';
import { ConnectionControl } from '../connection-control';
import { createConnectionsApi } from '../connections-api';

/** The Pusher side of one gateway of a cluster: connections, channels, and /@connections, on a free port. */
export class TestGateway extends PusherDoor {
  readonly control = new ConnectionControl(this);
  readonly #clients: TestClient[] = [];

  static async start(apps: TestApps, redisUrl: string, name: string): Promise<TestGateway> {
    const gateway = new TestGateway({ apps, environment: inCluster(redisUrl, name) });
    await gateway.open();
    return gateway;
  }

  /** Where clients of the app connect. */
  socketUrl({ key }: PusherApp): string {
    return `ws://${this.host}/app/${key}?protocol=7&client=test&version=1`;
  }

  async client(app: PusherApp): Promise<TestClient> {
    const client = await TestClient.connect(this.socketUrl(app), app);
    this.#clients.push(client);
    return client;
  }

  override async close(): Promise<void> {
    for (const client of this.#clients) client.drop();
    this.control.close();
    await super.close();
  }

  protected override handlers(): RequestHandler[] {
    return [createConnectionsApi(this)];
  }
}
