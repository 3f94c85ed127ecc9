import { Api, unique, type Person } from '../../testing/api';
import type { Cluster } from '../../testing/cluster';
import { Random } from '../../testing/random';
import { Keeper } from './keeper';
import { PasserBy } from './passer-by';
import { Publisher } from './publisher';
import { Reader } from './reader';
import type { Recorder } from './recorder';
import { SdkClient } from './sdk-client';
import { Subscriber } from './subscriber';
import { Writer } from './writer';

const ROOMS = 2;
/** In each room, through Nginx; one more is at each gateway itself. */
const READERS = 3;
/** In each room, each with one connection through Nginx and one at a gateway. */
const WRITERS = 3;
/** Through Nginx. The last two are one user. */
const SUBSCRIBERS = 5;
const PASSERS_BY = 3;

export interface Invitation {
  cluster: Cluster;
  recorder: Recorder;
  random: Random;
}

/** Who takes part in a run, and where they connect. */
export class People {
  /** All connections of the SDK. */
  readonly sdk: SdkClient[] = [];
  /** By room. */
  readonly readers = new Map<string, Reader[]>();
  readonly writers: Writer[] = [];
  /** Mutes one writer of each room, and lets it speak again, and withdraws what is said. */
  readonly keepers: Keeper[] = [];
  /** One at each gateway, in all rooms. */
  readonly probers: SdkClient[] = [];
  readonly subscribers: Subscriber[] = [];
  readonly passersBy: PasserBy[] = [];
  readonly publisher: Publisher;
  /** The user that a client is in the presence channel. */
  readonly members = new Map<string, string>();
  readonly channels: readonly [plain: string, presence: string];

  private constructor(private readonly invitation: Invitation) {
    const { cluster, recorder, random } = invitation;
    const id = unique();
    this.channels = [`chaos-${id}`, `presence-chaos-${id}`];
    const where = { url: cluster.url, recorder };
    this.publisher = new Publisher({
      ...where,
      name: 'publisher',
      channels: this.channels,
      random: this.fork(random),
    });
    for (let i = 1; i <= SUBSCRIBERS; i++) {
      const user = `user-${String(Math.min(i, SUBSCRIBERS - 1))}`;
      const name = `subscriber ${String(i)}`;
      this.subscribers.push(new Subscriber({ ...where, name, user, channels: this.channels }));
      this.members.set(name, user);
    }
    for (let i = 1; i <= PASSERS_BY; i++) {
      const [name, user] = [`passer-by ${String(i)}`, `passer-${String(i)}`];
      this.passersBy.push(new PasserBy({ ...where, name, user, channel: this.channels[1] }));
      this.members.set(name, user);
    }
  }

  /** Resolves when they are on their way. @throws {Error} where the rooms or their accounts cannot be made. */
  static async invite(invitation: Invitation): Promise<People> {
    const { cluster } = invitation;
    const api = new Api(cluster.url, cluster.adminToken);
    const owner = await api.account();
    const rooms: string[] = [];
    const bots: Person[] = [];
    for (let i = 0; i < ROOMS; i++) rooms.push(await api.room(owner));
    const wanted = ROOMS * WRITERS + cluster.gateways.length;
    for (let i = 0; i < wanted; i++) bots.push(await api.bot());
    const people = new People(invitation);
    for (const [i, room] of rooms.entries()) {
      people.fill(room, i + 1, { owner, bots });
    }
    for (const [i, url] of cluster.gateways.entries()) {
      const prober = people.open(`prober at gateway ${String(i + 1)}`, url, bots.pop()?.token);
      for (const room of rooms) prober.join(room);
      people.probers.push(prober);
    }
    return people;
  }

  readerNames(): Map<string, string[]> {
    return new Map(
      [...this.readers].map(([room, all]) => [room, all.map(({ client }) => client.name)]),
    );
  }

  stopTalking(): void {
    for (const it of [...this.writers, ...this.keepers]) it.stop();
    this.publisher.stop();
  }

  /** About half of those who only look on leave: some properly, some without a close. */
  async sendHalfAway(random: Random): Promise<void> {
    for (const reader of [...this.readers.values()].flat()) {
      const dice = random.below(6);
      if (dice > 2) continue;
      if (dice < 2) reader.client.vanish(dice === 0);
      await reader.client.close();
    }
    for (const it of this.passersBy.slice(1)) it.close();
    // One of the two that are one user, who stays.
    this.subscribers.at(-1)?.close();
    this.subscribers[0]?.close();
  }

  async leave(): Promise<void> {
    this.stopTalking();
    for (const reader of [...this.readers.values()].flat()) reader.stop();
    for (const it of [...this.subscribers, ...this.passersBy]) it.close();
    await Promise.all(this.sdk.map((it) => it.close()));
  }

  private fill(
    room: string,
    number: number,
    { owner, bots }: { owner: Person; bots: Person[] },
  ): void {
    const { cluster, recorder, random } = this.invitation;
    const { url, gateways } = cluster;
    const doors = [...Array.from({ length: READERS }, () => url), ...gateways];
    const readers = doors.map((door, i) => {
      const at = door === url ? 'through Nginx' : `at gateway ${String(i - READERS + 1)}`;
      const client = this.open(`reader ${String(number)}.${String(i + 1)} ${at}`, door);
      return new Reader(client, { slug: room, recorder });
    });
    this.readers.set(room, readers);
    for (let i = 0; i < WRITERS; i++) {
      const name = `writer-${String(number)}-${String(i + 1)}`;
      const { id = '', token } = bots.pop() ?? {};
      const at = gateways[i % gateways.length] ?? url;
      const clients = [
        this.open(`${name} through Nginx`, url, token),
        this.open(`${name} at gateway ${String((i % gateways.length) + 1)}`, at, token),
      ] as const;
      for (const client of clients) client.join(room);
      this.writers.push(new Writer({ name, room, clients, random: this.fork(random) }));
      if (i > 0) continue;
      const client = this.open(`keeper ${String(number)} through Nginx`, url, owner.token);
      const loud = { id, keys: `${name}-` };
      this.keepers.push(new Keeper({ client, room, loud, recorder, random: this.fork(random) }));
    }
  }

  private open(name: string, url: string, token?: string): SdkClient {
    const { recorder, random } = this.invitation;
    const client = new SdkClient({
      name,
      url,
      recorder,
      random: this.fork(random),
      ...(token !== undefined && { token }),
    });
    this.sdk.push(client);
    return client;
  }

  /** Dice of one's own: what one throws then does not hang on what the others do meanwhile. */
  private fork(random: Random): Random {
    return new Random(random.below(2 ** 31));
  }
}
