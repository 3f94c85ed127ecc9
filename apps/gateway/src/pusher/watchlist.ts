import type { PusherApp } from './app';
import { userChannel } from './channel-name';
import type { Channels } from './channels';
import { encodeEvent, ERRORS, WATCHLIST_MAX, type Fault } from './protocol';

interface Watcher {
  readonly app: PusherApp;
  readonly hasEnded: boolean;
  sendText(text: string): void;
  sendError(fault: Fault): void;
}

/** Tells a signed-in connection which of the users that it watches are online, https://pusher.com/docs/channels/using_channels/watchlist-events/ . */
export class Watchlist {
  #online = new Set<string>();
  #stops: (() => void)[] = [];

  constructor(
    private readonly watcher: Watcher,
    private readonly channels: Channels,
  ) {}

  /** Tells how it stands, and from then on what changes. */
  async watch(wanted: readonly string[]): Promise<void> {
    if (wanted.length > WATCHLIST_MAX) this.watcher.sendError(ERRORS.watchlistTooLong);
    const users = [...new Set(wanted)].slice(0, WATCHLIST_MAX);
    if (users.length === 0) return;
    const { app } = this.watcher;
    const changed = new Map<string, boolean>();
    let isTold = false;
    const stops = await Promise.all(
      users.map((user) =>
        this.channels.watchUser(app, user, (isOnline) => {
          if (isTold) this.#note(user, isOnline);
          else changed.set(user, isOnline);
        }),
      ),
    );
    const names = users.map(userChannel);
    const counts = await this.channels.occupancy.counts(app.id, names);
    if (this.watcher.hasEnded) {
      for (const stop of stops) stop();
      return;
    }
    this.#stops = stops;
    const isOnline = (user: string, i: number) => changed.get(user) ?? (counts[i] ?? 0) > 0;
    this.#online = new Set(users.filter(isOnline));
    isTold = true;
    this.#tell(
      [...this.#online],
      users.filter((user) => !this.#online.has(user)),
    );
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#online.clear();
  }

  #note(user: string, isOnline: boolean): void {
    if (this.#online.has(user) === isOnline) return;
    if (isOnline) this.#online.add(user);
    else this.#online.delete(user);
    this.#tell(isOnline ? [user] : [], isOnline ? [] : [user]);
  }

  #tell(online: string[], offline: string[]): void {
    const events = [
      ...(online.length > 0 ? [{ name: 'online', user_ids: online }] : []),
      ...(offline.length > 0 ? [{ name: 'offline', user_ids: offline }] : []),
    ];
    this.watcher.sendText(encodeEvent('pusher_internal:watchlist_events', { events }));
  }
}
