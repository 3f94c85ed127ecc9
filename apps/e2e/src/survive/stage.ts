import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../testing/api';
import { Cluster } from '../testing/cluster';
import { waitFor } from '../testing/wait-for';
import type { Circumstances } from './cases/case';
import { counts } from './figures';
import { CrowdProcess } from './crowd/crowd-process';
import type { Told } from './crowd/wire';
import { Writers } from './writers';

export const GATEWAYS = 3;

interface Audience {
  /** Where viewers come in; Nginx where nothing is said. */
  doors?: (cluster: Cluster) => string[];
  viewers: number;
  rooms: number;
}

interface Talk {
  doors?: (cluster: Cluster) => string[];
  writers: number;
  perSecond: number;
  filler?: string;
}

export interface Setting extends Circumstances {
  audience: Audience;
  talk: Talk;
  /** Settings of the gateways. */
  env?: Record<string, string>;
}

/** New connections a second while the audience comes: as fast as this is no load of its own. */
const COME_PER_SECOND = 300;

/** A cluster with its audience, which came before anything goes wrong, and its writers, who talk. */
export class Stage {
  private constructor(
    readonly cluster: Cluster,
    readonly crowd: CrowdProcess,
    readonly writers: Writers,
    readonly rooms: readonly string[],
    private readonly setting: Setting,
  ) {}

  /** Does `work` on a stage; nothing is left of that afterwards, however it ends. */
  static async with<T>(setting: Setting, work: (stage: Stage) => Promise<T>): Promise<T> {
    const { progress, signal } = setting;
    const ends: (() => Promise<void>)[] = [];
    try {
      progress('the cluster starts');
      const cluster = await Cluster.start({
        gateways: GATEWAYS,
        env: { VIEWER_BUDGET: '0', ...setting.env },
      });
      ends.push(() => cluster.stop());
      await cluster.isWhole();
      const crowd = new CrowdProcess();
      ends.push(() => crowd.stop());
      const stop = () => void crowd.stop();
      signal.addEventListener('abort', stop);
      signal.throwIfAborted();
      const { audience, talk } = setting;
      const api = new Api(cluster.url, cluster.adminToken);
      const owner = await api.account();
      const rooms: string[] = [];
      while (rooms.length < audience.rooms) rooms.push(await api.room(owner));
      const tokens: string[] = [];
      while (tokens.length < talk.writers) tokens.push((await api.bot()).token);
      progress(`${String(audience.viewers)} viewers come`);
      await crowd.open({
        doors: audience.doors?.(cluster) ?? [cluster.url],
        rooms,
        viewers: audience.viewers,
        perSecond: COME_PER_SECOND,
      });
      const doors = talk.doors?.(cluster) ?? [cluster.url];
      const writers = new Writers({ ...talk, doors, tokens, rooms });
      ends.push(() => writers.close());
      await writers.start();
      await crowd.begin();
      return await work(new Stage(cluster, crowd, writers, rooms, setting));
    } finally {
      for (const end of ends.reverse()) await end();
    }
  }

  /** Viewers and writers that are to be counted in a room, when all are there. */
  expectedIn(room: string): number {
    const { viewers, doors } = this.setting.audience;
    const step = doors?.(this.cluster).length ?? 1;
    let count = this.writers.places.filter((it) => it === room).length;
    for (let i = 0; i < viewers; i++) {
      if (this.rooms[Math.floor(i / step) % this.rooms.length] === room) count++;
    }
    return count;
  }

  /** Whether these gateways say of all rooms how many are there. */
  async areCounted(gateways: readonly number[]): Promise<boolean> {
    for (const gateway of gateways) {
      const api = new Api(this.cluster.gateway(gateway), this.cluster.adminToken);
      const told = await Promise.all(this.rooms.map((room) => api.describe(room)));
      if (told.some(({ viewers, slug }) => viewers !== this.expectedIn(slug))) return false;
    }
    return true;
  }

  /** Resolves when all viewers are there. @throws {Error} that says how many are not, and why, after half a minute. */
  async isComplete(): Promise<void> {
    const { viewers } = this.setting.audience;
    const isThere = async () => (await this.crowd.look()).joined === viewers;
    const patience = { what: 'all viewers are back', timeoutMs: 30_000, everyMs: 50 };
    await waitFor(isThere, patience).catch(async (error: unknown) => {
      const { joined } = await this.crowd.look();
      const { failures } = await this.crowd.tell();
      const those = `${String(joined)} of ${String(viewers)} are; failed: ${counts(failures)}`;
      throw new Error(`${String(error)}: ${those}`, { cause: error });
    });
  }

  /**
   * Ends the talk. What was observed, and what is wrong with it: every viewer has to have every acknowledged message once, in the
   * log's order, and the same as everybody else.
   */
  async end(): Promise<{ told: Told; problems: string[] }> {
    const { writers, crowd } = this;
    this.setting.progress('everybody catches up');
    await writers.finish();
    const { viewers } = this.setting.audience;
    const problems: string[] = [];
    await waitFor(async () => (await crowd.look(writers.heads)).upToDate === viewers, {
      what: 'every viewer has everything',
      timeoutMs: 30_000,
      everyMs: 100,
    }).catch((error: unknown) => problems.push(String(error)));
    const told = await crowd.tell();
    problems.push(...writers.problems, ...told.problems);
    for (const [room, said] of writers.acknowledged) {
      const seen = new Map(told.texts[room] ?? []);
      const lost = [...said].filter(([seq, text]) => seen.get(seq) !== text);
      if (lost.length > 0)
        problems.push(`${room}: ${String(lost.length)} acknowledged and not seen`);
      if (seen.size !== said.size)
        problems.push(`${room}: ${String(seen.size)} seen, ${String(said.size)} acknowledged`);
    }
    if (told.omitted > 0) problems.push(`${String(told.omitted)} entries were left out`);
    return { told, problems };
  }

  /** What the stack has said so far of its processes: which ended, and how. */
  said(): string {
    return readFileSync(join(this.cluster.dir, 'stack.log'), 'utf8');
  }
}
