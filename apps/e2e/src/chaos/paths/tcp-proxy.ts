import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Link } from './link';

/**
 * What is done to a path.
 *
 * - `open`: it carries everything.
 * - `refused`: all its connections are reset, and new ones refused.
 * - `hung`: nothing is carried, and nobody is told. What was sent meanwhile arrives when the path is open again, as after a
 *   partition of a network that was not noticed.
 * - `deaf`: what is asked arrives, and the answers do not, until the path is open again.
 */
export type PathState = 'open' | 'refused' | 'hung' | 'deaf';

/** A TCP proxy on the loopback address: one client's path to one server, which can be cut, held up and reset. */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private server: Server | null = null;
  private state: PathState = 'open';
  private delayMs = 0;

  private constructor(
    /** Where it listens. Stays the same however often it is cut. */
    readonly port: number,
    private readonly target: number,
  ) {}

  /**
   * @param target the port of the server behind it, which may come up later and go away at any time.
   * @throws {Error} where it cannot listen.
   */
  static async start({ port, target }: { port: number; target: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(port, target);
    await proxy.listen();
    return proxy;
  }

  /** How many connections it has at the moment. */
  get connections(): number {
    return this.links.size;
  }

  /** @throws {Error} where it cannot listen any more. */
  async set(state: PathState): Promise<void> {
    this.state = state;
    for (const link of this.links) this.apply(link);
    if (state === 'refused') await this.refuse();
    else if (this.server === null) await this.listen();
  }

  /** Holds up whatever is carried from now on, by so many ms each way. 0: not any more. */
  delay(ms: number): void {
    this.delayMs = ms;
    for (const link of this.links) link.delayMs = ms;
  }

  /**
   * Resets each connection that it has now, both ways, in the middle of what is carried next in one direction: the first half of
   * that still arrives. Those on which nothing is carried `withinMs` are reset then. How many were cut in the middle.
   */
  async reset(direction: 'asked' | 'answered', withinMs: number): Promise<number> {
    const cuts = [...this.links].map((link) => link.cutNext(direction, withinMs));
    return (await Promise.all(cuts)).filter((it) => it === 'middle').length;
  }

  async close(): Promise<void> {
    this.state = 'refused';
    await this.refuse();
  }

  private async refuse(): Promise<void> {
    const { server } = this;
    this.server = null;
    for (const link of this.links) link.reset();
    if (!server) return;
    server.close();
    await once(server, 'close');
  }

  private async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    server.on('connection', (client) => {
      const link = new Link(client, this.target);
      this.links.add(link);
      link.delayMs = this.delayMs;
      this.apply(link);
      void link.ended.then(() => this.links.delete(link));
    });
    this.server = server;
    server.listen({ host: '127.0.0.1', port: this.port });
    await once(server, 'listening');
  }

  private apply(link: Link): void {
    switch (this.state) {
      case 'open':
        link.hold({ asked: false, answered: false });
        return;
      case 'hung':
        link.hold({ asked: true, answered: true });
        return;
      case 'deaf':
        link.hold({ asked: false, answered: true });
        return;
      case 'refused':
        link.reset();
    }
  }
}
