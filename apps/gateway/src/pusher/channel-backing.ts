import type { Member } from '../cluster/occupancy';
import type { PusherApp } from './app';
import type { SubscriptionError } from './protocol';
import type { SignedInUser } from './signed-in-user';

/** A subscription that is not allowed: the client is told by `pusher:subscription_error`. */
export class SubscriptionRefused extends Error {
  override readonly name = 'SubscriptionRefused';
  readonly data: SubscriptionError;

  constructor(type: string, message: string, status: number) {
    super(message);
    this.data = { type, error: message, status };
  }
}

/** Who subscribes, as far as the backing of a channel has to know. */
export interface BackedSubscriber {
  readonly socketId: string;
  /** In a presence channel: what the app's server has signed. */
  readonly member: Member | null;
  readonly user: SignedInUser | null;
  /** Ends the subscription and says why. */
  revoke(refused: SubscriptionRefused): void;
  /** Says what was wrong with a client event: `pusher:error` 4301. */
  fail(message: string): void;
}

export interface BackedSubscription {
  /** True where the event was taken: nobody else gets it. */
  clientEvent(name: string, data: unknown): boolean;
  close(): void;
}

/** Channels whose events come from elsewhere than publishers. */
export interface ChannelBacking {
  backs(app: PusherApp, channel: string): boolean;
  /**
   * Called before the subscription stands. What comes once it does is given out by `Channels.publishHere`.
   * @throws {SubscriptionRefused}
   */
  open(app: PusherApp, channel: string, subscriber: BackedSubscriber): Promise<BackedSubscription>;
}
