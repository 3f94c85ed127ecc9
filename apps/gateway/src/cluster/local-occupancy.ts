import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log';
import type { Bus } from './bus';
import { LocalOccupancyTransitions } from './local-occupancy-transitions';
import {
  channelTopic,
  type Entered,
  type Occupancy,
  type OccupancyNews,
  type Roster,
  type Seat,
  type Transition,
} from './occupancy';
import { OccupancyConsumer } from './occupancy-consumer';
import { Places, type Place } from './occupancy-places';

const CLOSE_MS = 2_000;
const CLOSE_LOOK_MS = 10;

/** Occupancy of a gateway that is alone. */
export class LocalOccupancy implements Occupancy {
  readonly isWhole = true;
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #places = new Places();
  readonly #kept = new Set<string>();
  readonly #transitions = new LocalOccupancyTransitions((app, channel) =>
    this.#places.subscriptions(app, channel),
  );
  readonly #consumers = new Set<OccupancyConsumer>();
  /** Channels whose new count is told at the end of this turn. */
  readonly #recounts = new Map<string, Seat>();

  constructor(bus: Bus, log: Log) {
    this.#bus = bus;
    this.#log = log;
  }

  onWhole(): void {
    // It always is.
  }

  enter(seat: Seat, limit = Infinity): Promise<Entered> {
    const place = this.#places.at(seat);
    const { app, channel, member } = seat;
    const before = this.#places.subscriptions(app, channel);
    const taken = member ? this.#places.members(app, channel) : before;
    if (taken >= limit && !(member && place.count > 0)) {
      if (place.count === 0) this.#places.drop(place);
      return Promise.resolve('full');
    }
    this.#places.add(place, 1);
    const isKept = this.#isKept(seat);
    if (isKept && before === 0) this.#transitions.come('channel_occupied', seat);
    if (place.user === null) {
      this.#recount(seat);
    } else if (place.count === 1) {
      const version = this.#places.nextVersion(app, channel);
      this.#tell(seat, { type: 'joined', version, user: place.user, info: place.info });
      if (isKept) this.#transitions.come('member_added', seat);
    }
    return Promise.resolve('entered');
  }

  leave(seat: Seat): void {
    const place = this.#places.find(seat);
    if (place && place.count > 0) this.#leave(seat, place);
  }

  counts(app: string, channels: readonly string[]): Promise<number[]> {
    return Promise.resolve(channels.map((channel) => this.#places.subscriptions(app, channel)));
  }

  memberCounts(app: string, channels: readonly string[]): Promise<number[]> {
    return Promise.resolve(channels.map((channel) => this.#places.members(app, channel)));
  }

  channels(app: string, prefix: string): Promise<Map<string, number>> {
    return Promise.resolve(this.#places.channels(app, prefix));
  }

  roster(app: string, channel: string): Promise<Roster> {
    return Promise.resolve(this.#places.roster(app, channel));
  }

  keepTransitionsOf(app: string, kept: boolean): void {
    if (kept) this.#kept.add(app);
    else this.#kept.delete(app);
  }

  consumeTransitions(handle: (batch: Transition[]) => Promise<void>): () => Promise<void> {
    const consumer = new OccupancyConsumer(this.#transitions.open(), handle, this.#log);
    this.#consumers.add(consumer);
    return async () => {
      this.#consumers.delete(consumer);
      await consumer.end();
    };
  }

  async close(): Promise<void> {
    for (const place of [...this.#places]) {
      const { app, channel, user, info } = place;
      const seat = user === null ? { app, channel } : { app, channel, member: { id: user, info } };
      while (place.count > 0) this.#leave(seat, place);
    }
    // Nobody comes back here, and nobody else would tell it later.
    this.#transitions.letGo();
    // By looks, not by the clock: while the process is held up nobody could have taken anything.
    for (let looks = CLOSE_MS / CLOSE_LOOK_MS; looks > 0; looks--) {
      if (!this.#transitions.isPending || this.#consumers.size === 0) break;
      await delay(CLOSE_LOOK_MS);
    }
    await Promise.all([...this.#consumers].map((consumer) => consumer.end()));
  }

  #leave(seat: Seat, place: Place): void {
    const { app, channel } = seat;
    this.#places.add(place, -1);
    const isKept = this.#isKept(seat);
    if (place.user === null) {
      this.#recount(seat);
    } else if (place.count === 0) {
      const version = this.#places.nextVersion(app, channel);
      this.#tell(seat, { type: 'left', version, user: place.user });
      if (isKept) this.#transitions.go('member_added', seat);
    }
    if (isKept && this.#places.subscriptions(app, channel) === 0) {
      this.#transitions.go('channel_occupied', seat);
    }
    if (place.count === 0) this.#places.drop(place);
  }

  #isKept({ app, channel }: Seat): boolean {
    return this.#kept.has(app) && !channel.startsWith('#');
  }

  #recount(seat: Seat): void {
    if (this.#isKept(seat)) this.#transitions.recount(seat);
    if (this.#recounts.size === 0) {
      queueMicrotask(() => {
        const seats = [...this.#recounts.values()];
        this.#recounts.clear();
        for (const each of seats) {
          const subscriptions = this.#places.subscriptions(each.app, each.channel);
          this.#tell(each, { type: 'count', subscriptions });
        }
      });
    }
    this.#recounts.set(JSON.stringify([seat.app, seat.channel]), seat);
  }

  #tell({ app, channel }: Seat, news: OccupancyNews): void {
    void this.#bus.publish(channelTopic(app, channel), JSON.stringify(news));
  }
}
