/**
 * Takes a payload that was published on a channel. As bytes: a gateway need not read what it has published itself, and V8 has no long
 * texts to copy. The longest turns of gateways that had too much to do were 23, 26, 18 and 24 ms; with texts, in between, 31, 24, 36
 * and 43 ms.
 */
export type BusHandler = (payload: Buffer) => void;

/**
 * Publish and subscribe between gateways. A hint, never a promise (G5): a payload may be lost, doubled or late, and the bus
 * may be down. Whoever needs to know for sure reads the database.
 */
export interface Bus {
  /** True while what is published elsewhere is believed to arrive here. */
  readonly isWell: boolean;

  /** Hands the payload to all subscribers, this gateway's included. Resolves with how many there were, 0 when it failed. */
  publish(channel: string, payload: string | Buffer): Promise<number>;

  /** One handler a channel. Resolves when the subscription stands, or at once while the bus is down: it is made up later. */
  subscribe(channel: string, handler: BusHandler): Promise<void>;

  unsubscribe(channel: string): void;

  /** Called whenever `isWell` changes. After a change to true, something may have been missed. */
  onChange(listener: (isWell: boolean) => void): void;

  close(): Promise<void>;
}
