import type { SessionUser } from '@hubbub/protocol';
import type { Settings } from '../env';
import { Flow, flowLimitsOf, type FlowLimits } from '../flow';
import type { Log } from '../log';
import { Refusal } from '../refusal';
import { addressGroup, addressWithin } from './client-address';
import { isTrusted } from './session';

/** Somebody who is refused comes back after this. */
const RETRY_MS = 5_000;

/** What can be too much, as the metrics name it. */
type Limit = 'connections_of_address' | 'connections_of_user' | 'frames' | 'joins';

export interface ConnectionLimitsOptions {
  settings: Settings;
  log: Log;
  /** Somebody was refused for this. */
  report: (limit: Limit) => void;
}

/** What an address is counted under; null where it is exempt. */
interface Place {
  readonly address: string;
  readonly group: string | null;
}

type Caller = Pick<SessionUser, 'id' | 'role'> | null;

/** Connections by what they are counted under. */
class Counts {
  readonly #counts = new Map<string, number>();

  /** With a `max` of 0 none is ever too many. */
  constructor(private readonly max: number) {}

  isFull(key: string): boolean {
    return this.max > 0 && (this.#counts.get(key) ?? 0) >= this.max;
  }

  add(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  delete(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}

/**
 * How many connections an address and a user may have to this gateway, through all of its doors together, and how much each of
 * them may send. RATE_LIMIT_EXEMPT addresses are not counted; bots and admins are trusted with what they send.
 */
export class ConnectionLimits {
  readonly #options: ConnectionLimitsOptions;
  readonly #ofAddress: Counts;
  readonly #ofUser: Counts;
  readonly #flow: FlowLimits;
  /** Open now, whoever they belong to. */
  #open = 0;
  /** The last one that was asked about: what is to be known of a connection that comes is asked several times in one turn. */
  #last: Place = { address: '', group: null };
  #hasWarned = false;

  constructor(options: ConnectionLimitsOptions) {
    const { settings } = options;
    this.#options = options;
    this.#ofAddress = new Counts(settings.CONNECTIONS_PER_ADDRESS);
    this.#ofUser = new Counts(settings.CONNECTIONS_PER_USER);
    this.#flow = flowLimitsOf(settings);
  }

  /** Connections that are open now, exempt ones too. */
  get open(): number {
    return this.#open;
  }

  /** Why one more connection would be too many (`rate_limited`); null where it may come in. */
  refusalOf(address: string, user: Caller): Refusal | null {
    const group = this.#groupOf(address);
    if (group === null) return null;
    if (this.#ofAddress.isFull(group)) {
      this.#warn(address);
      return this.#refusal('connections_of_address', 'too many connections from this address');
    }
    if (user && !isTrusted(user) && this.#ofUser.isFull(user.id)) {
      return this.#refusal('connections_of_user', 'too many connections of this user');
    }
    return null;
  }

  /** A connection is open. To be followed by `delete` with the same, when it is not any more. */
  add(address: string, user: Caller): void {
    this.#open++;
    const group = this.#groupOf(address);
    if (group === null) return;
    this.#ofAddress.add(group);
    if (user && !isTrusted(user)) this.#ofUser.add(user.id);
  }

  delete(address: string, user: Caller): void {
    this.#open--;
    const group = this.#groupOf(address);
    if (group === null) return;
    this.#ofAddress.delete(group);
    if (user && !isTrusted(user)) this.#ofUser.delete(user.id);
  }

  /** For who says later who they are: true where `user` is counted from here on, until `deleteUser`. */
  addUser(address: string, user: string): boolean {
    if (this.#groupOf(address) === null) return true;
    if (this.#ofUser.isFull(user)) {
      this.#options.report('connections_of_user');
      return false;
    }
    this.#ofUser.add(user);
    return true;
  }

  deleteUser(address: string, user: string): void {
    if (this.#groupOf(address) !== null) this.#ofUser.delete(user);
  }

  /** What counts the frames of a new connection; null where nobody counts them. */
  flowOf(address: string, user: Caller): Flow | null {
    const isTrustedWithAll = (user && isTrusted(user)) || this.#groupOf(address) === null;
    return isTrustedWithAll ? null : new Flow(this.#flow);
  }

  /** Somebody sends more than they may. */
  report(limit: Limit): void {
    this.#options.report(limit);
  }

  #groupOf(address: string): string | null {
    if (address !== this.#last.address) {
      const isExempt = addressWithin(address, this.#options.settings.RATE_LIMIT_EXEMPT);
      this.#last = { address, group: isExempt ? null : addressGroup(address) };
    }
    return this.#last.group;
  }

  #refusal(limit: Limit, message: string): Refusal {
    this.#options.report(limit);
    // Not all at one moment, or they would meet again.
    const retryAfterMs = Math.round(RETRY_MS * (1 + Math.random()));
    return new Refusal('rate_limited', message, { retryAfterMs });
  }

  /** A proxy that is not known as one makes everybody come from one address: whoever runs this has to hear of it. */
  #warn(address: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.log.warn(
      'limits: an address has all the connections that it may have; if it is a proxy, name it in TRUSTED_PROXIES',
      { address, max: this.#options.settings.CONNECTIONS_PER_ADDRESS },
    );
  }
}
