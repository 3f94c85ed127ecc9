import type { Member, OccupancyNews, Roster } from '../cluster/occupancy';

/**
 * Who a reload does not name any more may only be not named yet: after Redis has lost its data, each gateway tells its own share
 * anew. So nobody is taken for gone before they have been missing for this long.
 */
const DOUBT_MS = 3_000;
const RETRY_MS = 1_000;

type MemberNews = Extract<OccupancyNews, { type: 'joined' | 'left' }>;

export interface RosterMirrorOptions {
  /** The members of the channel over all gateways; null while nobody knows. */
  load: () => Promise<Roster | null>;
  /** Called once for each member that comes, and that goes. */
  joined: (member: Member) => void;
  left: (userId: string) => void;
  /** Whether the user has a subscription on this gateway: then they are a member, whatever anybody says. */
  isHere: (userId: string) => boolean;
}

/**
 * This gateway's copy of who is in a presence channel (G7). It follows the news, and where it has missed some it is loaded anew,
 * and tells the difference: however the truth comes here, each coming and going is told once.
 */
export class RosterMirror {
  readonly #members = new Map<string, string | null>();
  readonly #doubted = new Map<string, number>();
  readonly #options: RosterMirrorOptions;
  #version = 0;
  #loading: Promise<void> | undefined;
  /** News that has come while it was loading. */
  #held: MemberNews[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RosterMirrorOptions) {
    this.#options = options;
  }

  /** `info` by user id. */
  get members(): ReadonlyMap<string, string | null> {
    return this.#members;
  }

  /** Loads it anew; resolves when it is as true as it can be now. */
  async load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
      for (const news of this.#held.splice(0)) this.hear(news);
    });
    return this.#loading;
  }

  hear(news: MemberNews): void {
    if (this.#isClosed) return;
    if (this.#loading) {
      this.#held.push(news);
      return;
    }
    if (news.version <= this.#version) return;
    if (news.version > this.#version + 1) {
      void this.load();
      return;
    }
    this.#version = news.version;
    if (news.type === 'joined') this.add({ id: news.user, info: news.info });
    else if (!this.#options.isHere(news.user)) this.remove(news.user);
  }

  /** Somebody is in the channel for certain. */
  add(member: Member): void {
    this.#doubted.delete(member.id);
    if (this.#members.has(member.id)) return;
    this.#members.set(member.id, member.info);
    this.#options.joined(member);
  }

  remove(userId: string): void {
    this.#doubted.delete(userId);
    if (this.#members.delete(userId)) this.#options.left(userId);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #load(): Promise<void> {
    const roster = await this.#options.load();
    if (this.#isClosed) return;
    if (!roster) {
      this.#loadIn(RETRY_MS);
      return;
    }
    this.#version = roster.version;
    for (const [id, info] of roster.members) this.add({ id, info });
    if (!roster.isWhole) {
      this.#loadIn(RETRY_MS);
      return;
    }
    const now = performance.now();
    for (const userId of this.#members.keys()) {
      if (roster.members.has(userId) || this.#options.isHere(userId)) continue;
      const since = this.#doubted.get(userId);
      if (since === undefined) this.#doubted.set(userId, now);
      else if (now - since >= DOUBT_MS) this.remove(userId);
    }
    if (this.#doubted.size > 0) this.#loadIn(DOUBT_MS + 50);
  }

  #loadIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), ms);
  }
}
