import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Flow } from './flow';

/**
 * One connection through a proxy: what its client asks, and what its server answers. Ends when both directions have ended, or at
 * once, with a reset of both sides, when one side was reset.
 */
export class Link {
  /** Resolves when nothing of it is left. */
  readonly ended: Promise<void>;
  private readonly asked: Flow;
  private readonly answered: Flow;
  private readonly server: Socket;

  /** @param client paused, with half-open connections allowed. */
  constructor(
    private readonly client: Socket,
    target: number,
  ) {
    this.server = connect({ host: '127.0.0.1', port: target, allowHalfOpen: true, noDelay: true });
    this.asked = new Flow(client, this.server);
    this.answered = new Flow(this.server, client);
    this.ended = Promise.all([gone(client), gone(this.server)]).then(() => undefined);
  }

  set delayMs(ms: number) {
    this.asked.delayMs = ms;
    this.answered.delayMs = ms;
  }

  /** Whether each direction carries nothing for now, without a word to anybody. */
  hold({ asked, answered }: { asked: boolean; answered: boolean }): void {
    this.asked.hold(asked);
    this.answered.hold(answered);
  }

  /** See `TcpProxy.reset`. `end`: it had ended, or was reset, without anything being carried. */
  async cutNext(direction: 'asked' | 'answered', withinMs: number): Promise<'middle' | 'end'> {
    const over = new AbortController();
    const cut = this[direction].cutNext().then(() => 'middle' as const);
    const end = this.ended.then(() => 'end' as const);
    const late = delay(withinMs, 'end' as const, { signal: over.signal });
    late.catch(() => undefined);
    const how = await Promise.race([cut, end, late]);
    over.abort();
    this.reset();
    return how;
  }

  /** RST to both sides; what is on its way is lost. */
  reset(): void {
    for (const socket of [this.client, this.server]) {
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}

function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}
