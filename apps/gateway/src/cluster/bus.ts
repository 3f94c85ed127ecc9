/** Takes a payload that was published on a channel. */
export type BusHandler = (payload: string) => void;

/**
 * Publish and subscribe between gateways. A hint, never a promise (G5): a payload may be lost, doubled or late, and the bus
 * may be down. Whoever needs to know for sure reads the database.
 */
export interface Bus {
  /** True while what is published elsewhere is believed to arrive here. */
  readonly isWell: boolean;

  /** Hands the payload to all subscribers, this gateway's included. Resolves with how many there were, 0 when it failed. */
  publish(channel: string, payload: string): Promise<number>;

  /** One handler a channel. Resolves when the subscription stands, or at once while the bus is down: it is made up later. */
  subscribe(channel: string, handler: BusHandler): Promise<void>;

  unsubscribe(channel: string): void;

  /** Called whenever `isWell` changes. After a change to true, something may have been missed. */
  onChange(listener: (isWell: boolean) => void): void;

  close(): Promise<void>;
}
