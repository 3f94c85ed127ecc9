import { Redis } from 'ioredis';
import { freePort, ServerProcess } from './server-process';

/** A real Redis for a test, without persistence, on a free port. Started again, it has the same port. */
export class RedisServer extends ServerProcess {
  private constructor(readonly port: number) {
    const where = ['--port', String(port), '--bind', '127.0.0.1'];
    super('redis-server', [...where, '--save', '', '--appendonly', 'no']);
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${String(this.port)}`;
  }

  /** Resolves when it answers. */
  override async start(): Promise<void> {
    await super.start();
    const probe = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    probe.on('error', () => undefined);
    await probe.ping();
    probe.disconnect();
  }
}
