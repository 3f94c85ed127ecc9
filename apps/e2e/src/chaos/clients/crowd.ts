import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../testing/cluster';
import { Random } from '../../testing/random';
import { waitFor } from '../../testing/wait-for';
import type { Ending } from '../ending';
import type { HistoryEvent } from '../history';
import { areTrue, askCounts } from './counts';
import { People } from './people';
import { Recorder } from './recorder';
import { StallWatch } from './stall-watch';

export interface CrowdOptions {
  cluster: Cluster;
  seed: number;
  /** Grows as the clients see things. */
  history: HistoryEvent[];
  /** ms since the run began. */
  now: () => number;
}

export interface Probe {
  /** Until the last of the fresh messages was acknowledged, and until everybody had them. */
  ackMs: number;
  seenMs: number;
}

const JOIN_MS = 30_000;
const CATCH_UP_MS = 30_000;
/** G7 has 5 s; a pulse comes at most once a second. With some more, whoever is wrong by then is judged. */
const CENSUS_MS = 8_000;
const GONE_MS = 5_000;
const LOOK_MS = 20;

/** Everybody who talks, reads, publishes and watches in a run. */
export class Crowd {
  private probes = 0;
  private readonly keys = new Set<string>();
  /** Events of the history that `keys` has. */
  private counted = 0;
  private readonly random: Random;
  private readonly stalls: StallWatch;
  private talking: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly options: CrowdOptions,
    private readonly people: People,
    /** Slugs. */
    readonly rooms: readonly string[],
  ) {
    this.random = new Random(options.seed ^ 0x5eed);
    this.stalls = new StallWatch(options.now, () => {
      const { gateways, redis } = options.cluster.pids;
      return [...gateways, redis].filter((pid) => pid !== null);
    });
  }

  /** Resolves when everybody is there and talks. @throws {Error} where they cannot come. */
  static async start(options: CrowdOptions): Promise<Crowd> {
    const recorder = new Recorder(options.history, options.now);
    const random = new Random(options.seed);
    const people = await People.invite({ cluster: options.cluster, recorder, random });
    const crowd = new Crowd(options, people, [...people.readers.keys()]);
    try {
      await waitFor(() => crowd.isWhole(), { what: 'everybody is there', timeoutMs: JOIN_MS });
    } catch (error) {
      await crowd.close();
      throw error;
    }
    crowd.talking = Promise.all([
      ...people.writers.map((it) => it.talk()),
      ...people.keepers.map((it) => it.keep()),
      people.publisher.publish(),
    ]);
    return crowd;
  }

  /** Messages that were acknowledged so far, each once. */
  get acknowledged(): number {
    const { history } = this.options;
    for (; this.counted < history.length; this.counted++) {
      const event = history[this.counted];
      if (event?.type === 'ok') this.keys.add(`${event.room} ${event.key}`);
    }
    return this.keys.size;
  }

  /** Everybody is connected and in their rooms and channels. */
  isWhole(): boolean {
    const { sdk, subscribers, passersBy } = this.people;
    return [...sdk, ...subscribers].every((it) => it.isWhole) && passersBy.every((it) => it.isIn);
  }

  /**
   * Resolves when a fresh message through each gateway into each room was acknowledged and every reader has it, a fresh publication
   * into each channel has reached every subscriber, and everybody is there. Unbounded: a probe is given up by the next one.
   *
   * @throws {Error} where it was given up.
   */
  async probe(): Promise<Probe> {
    const { publisher, subscribers } = this.people;
    const tried = new Map(publisher.tried);
    return this.ask(() =>
      [...tried].every(([channel, n]) =>
        subscribers.every((it) => Number(it.lastSeen.get(channel) ?? 0) > n),
      ),
    );
  }

  /**
   * Holds still until everybody is told the truth about who is there, or until it is clear that they are not: then the checker
   * finds that in the history. Never rejects.
   */
  async census(): Promise<void> {
    const { now } = this.options;
    const until = now() + CENSUS_MS;
    while (now() < until && !areTrue(this.people)) await delay(LOOK_MS);
  }

  /** Some lose their sockets without a close, and come back. */
  vanish(count: number): void {
    const { sdk, passersBy } = this.people;
    const all = [...sdk, ...passersBy];
    for (let i = 0; i < count; i++) this.random.one(all).vanish(this.random.isTrue());
  }

  /** One reader stops reading for so long. */
  stall(ms: number): void {
    const all = [...this.people.readers.values()].flat();
    this.random.one(all).client.stall(ms);
  }

  /**
   * The writers stop, everybody catches up, half of the clients leave (some of them without a word), the rest is asked who is
   * still there, and leaves too. To be called when all faults are over.
   */
  async end(): Promise<Ending> {
    const { now, cluster } = this.options;
    const { people } = this;
    people.stopTalking();
    await Promise.race([this.talking, delay(CATCH_UP_MS, undefined, { ref: false })]);
    const last = this.ask(() => true).catch(() => undefined);
    await Promise.race([last, delay(CATCH_UP_MS, undefined, { ref: false })]);
    this.probes++;
    const isFilled = () => [...people.readers.values()].flat().every((it) => it.isFilled);
    await waitFor(isFilled, { what: 'all gaps are paged', timeoutMs: CATCH_UP_MS }).catch(
      // The checker says who lacks what.
      () => undefined,
    );
    await this.census();
    const leftAt = now();
    await people.sendHalfAway(this.random);
    const gone = now();
    let counts = await askCounts(people, cluster, now);
    while (!counts.areTrue && now() - gone < GONE_MS) {
      await delay(LOOK_MS);
      counts = await askCounts(people, cluster, now);
    }
    await this.census();
    const ending: Ending = {
      readers: people.readerNames(),
      members: people.members,
      leftAt,
      stalls: this.stalls.stalls,
      waits: this.stalls.waits,
      counts: counts.counts,
    };
    await this.close();
    return ending;
  }

  /** Everybody leaves, at once. May be called again. */
  async close(): Promise<void> {
    this.probes++;
    this.stalls.stop();
    await this.people.leave();
  }

  /** Asks into every room through every gateway. Resolves when everybody has heard it, and `isMore` too. */
  private async ask(isMore: () => boolean): Promise<Probe> {
    const { now } = this.options;
    const id = ++this.probes;
    const began = now();
    const heads = new Map<string, number>();
    const acks = this.people.probers.flatMap((prober, i) =>
      this.rooms.map(async (room) => {
        const key = `probe-${String(i + 1)}-${String(id).padStart(6, '0')}`;
        const seq = await prober.say(room, key, `${prober.name}: is anybody there?`);
        heads.set(room, Math.max(heads.get(room) ?? 0, seq ?? Infinity));
      }),
    );
    const acked: { afterMs: number | null } = { afterMs: null };
    void Promise.all(acks).then(() => {
      acked.afterMs = now() - began;
    });
    const isSeen = () =>
      [...this.people.readers].every(([room, all]) =>
        all.every((it) => it.has(heads.get(room) ?? 0)),
      );
    while (acked.afterMs === null || !this.isWhole() || !isSeen() || !isMore()) {
      await delay(LOOK_MS);
      if (id !== this.probes) throw new Error('the probe was given up');
    }
    return { ackMs: acked.afterMs, seenMs: now() - began };
  }
}
