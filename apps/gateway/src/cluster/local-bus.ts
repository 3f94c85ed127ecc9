import type { Bus, BusHandler } from './bus';

/** The bus of a gateway that is alone: nobody else publishes, and nobody else listens. */
export class LocalBus implements Bus {
  readonly isWell = true;
  readonly #handlers = new Map<string, BusHandler>();

  publish(channel: string, payload: string | Buffer): Promise<number> {
    const handler = this.#handlers.get(channel);
    if (!handler) return Promise.resolve(0);
    queueMicrotask(() => {
      handler(typeof payload === 'string' ? Buffer.from(payload) : payload);
    });
    return Promise.resolve(1);
  }

  subscribe(channel: string, handler: BusHandler): Promise<void> {
    this.#handlers.set(channel, handler);
    return Promise.resolve();
  }

  unsubscribe(channel: string): void {
    this.#handlers.delete(channel);
  }

  onChange(): void {
    // It is always well.
  }

  close(): Promise<void> {
    this.#handlers.clear();
    return Promise.resolve();
  }
}
