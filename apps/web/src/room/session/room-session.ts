import {
  HubbubClient,
  webStorageOutbox,
  type ConnectionState,
  type OutboxStorage,
  type Draft,
  type Gap,
  type OutgoingMessage,
  type Room,
  type RoomSelf,
  type RoomState,
} from '@hubbub/client';
import type { Entry, PulseData, RoomDescription, SessionUser } from '@hubbub/protocol';
import { LIMITS } from '@hubbub/protocol/tables';
import { ChatLog } from '../chat/chat-log';
import { isWithdrawn, type GapRow } from '../chat/rows';
import { ValueStore } from '../value-store';
import { BulletFeed } from './bullet-feed';
import { FlowMeter } from './flow-meter';
import { LikeCounter } from './like-counter';
import { OutgoingList } from './outgoing-list';

export interface RoomSessionOptions {
  description: RoomDescription;
  /** What the server has rendered already. */
  entries: readonly Entry[];
  viewers: number;
}

type Listener<T> = (value: T) => void;

const OLDER_PAGE = 100;

/** Keeps unsent messages over a reload; undefined where the browser forbids storage: they live as long as the page then. */
function pageOutbox(): OutboxStorage | undefined {
  try {
    return webStorageOutbox(window.sessionStorage);
  } catch {
    return undefined;
  }
}

/**
 * One room as one page shows it: everything that changes, in stores outside React. It outlives a sign-in, which opens a new
 * connection as somebody else below it.
 */
export class RoomSession {
  readonly chat = new ChatLog();
  readonly outgoing = new OutgoingList();
  readonly bullets = new BulletFeed();
  readonly likes = new LikeCounter();
  readonly #meter = new FlowMeter();
  /** How the room flows while it is too busy to be given whole; else null. */
  readonly flow = this.#meter.flow;
  readonly connection = new ValueStore<ConnectionState>({ status: 'idle' });
  readonly roomState = new ValueStore<RoomState>({ status: 'joining' });
  readonly description: ValueStore<RoomDescription>;
  readonly you = new ValueStore<RoomSelf>({ role: 'viewer', mutedUntil: null });
  readonly viewers: ValueStore<number>;
  /** When the caller may speak again, by this machine's clock; slow mode and rate limits. */
  readonly waitUntil = new ValueStore<number>(0);
  readonly typing = new ValueStore<readonly string[]>([]);
  /** The session that the reader was signed in with is over; true until somebody is signed in again. */
  readonly hasEnded = new ValueStore(false);
  /** Who the open connection speaks for. */
  readonly user = new ValueStore<SessionUser | null>(null);
  readonly slug: string;
  readonly #messageListeners = new Set<Listener<readonly Entry[]>>();
  #client: HubbubClient | null = null;
  #room: Room | null = null;
  #gap: Gap | null = null;

  constructor({ description, entries, viewers }: RoomSessionOptions) {
    this.slug = description.slug;
    this.description = new ValueStore(description);
    this.viewers = new ValueStore(viewers);
    this.flow.subscribe(() => {
      this.chat.setFlowing(this.flow.get() !== null);
    });
    const last = entries.at(-1);
    if (last !== undefined) {
      this.chat.receive(entries, { to: last.seq, thinned: false });
      this.chat.flush();
    }
  }

  /** Unix time in milliseconds on this machine's clock, of one on the gateway's. */
  localTime(gatewayTime: number): number {
    return gatewayTime - (this.#client?.clockOffsetMs ?? 0);
  }

  /** The same moment on the gateway's clock. */
  gatewayTime(localTime: number): number {
    return localTime + (this.#client?.clockOffsetMs ?? 0);
  }

  /** Connects as `user`, whom the cookie names. Returns what closes the connection again. */
  open(user: SessionUser | null): () => void {
    const storage = pageOutbox();
    const client = new HubbubClient({ url: '/ws', ...(storage && { storage }) });
    this.#client = client;
    if (user !== null) this.hasEnded.set(false);
    client.on('state', (state) => {
      if (state.status === 'closed' && state.reason === 'sessionEnded') this.hasEnded.set(true);
      this.connection.set(state);
    });
    const after = this.chat.lastSeq;
    const room = client.join(this.slug, {
      ...(after === null ? {} : { after }),
      onEntries: (entries, { live }) => {
        this.#receive(entries, live);
      },
      onGap: (gap) => {
        this.#gap = gap;
        // The entries that follow come in the same turn; a gap that has none is noted after them.
        queueMicrotask(() => {
          if (this.#gap !== null) this.#receive([], true);
        });
      },
      onReset: () => {
        this.chat.reset();
        this.bullets.clear();
      },
    });
    this.#room = room;
    this.#listen(room);
    this.outgoing.reset();
    this.outgoing.update(room.outbox);
    client.connect();
    this.connection.set(client.state);
    this.user.set(user);
    const online = (): void => {
      client.retryNow();
    };
    window.addEventListener('online', online);
    return () => {
      window.removeEventListener('online', online);
      this.likes.close();
      this.#meter.close();
      this.#client = null;
      this.#room = null;
      void client.close();
    };
  }

  retryNow(): void {
    this.#client?.retryNow();
  }

  /** Connects again after a close that was for good. */
  reconnect(): void {
    this.#client?.connect();
  }

  /** Sends now or, without a connection, as soon as there is one. Own bullets fly at once. */
  send(draft: Omit<Draft, 'key'>): OutgoingMessage | null {
    const room = this.#room;
    if (room === null) return null;
    this.chat.follow();
    const message = room.send(draft);
    this.outgoing.update(room.outbox, message);
    const me = this.user.get();
    if (draft.danmaku !== undefined && me !== null) {
      const { key, text } = message;
      this.bullets.flyOwn({ key, text, danmaku: draft.danmaku }, me);
    }
    message.done.then(
      ({ at }) => {
        this.#noteSlowMode(at);
      },
      () => {
        this.bullets.takeBack(message.key);
        const wait = message.error?.retryAfterMs;
        if (wait !== undefined) this.waitUntil.set(Date.now() + wait);
      },
    );
    return message;
  }

  async loadOlder(): Promise<void> {
    const before = this.chat.firstSeq;
    const { hasOlder, older } = this.chat.view();
    if (this.#room === null || before === null || !hasOlder || older === 'loading') return;
    this.chat.setOlder('loading');
    try {
      const page = await this.#room.history({ before, limit: OLDER_PAGE });
      this.chat.prependOlder(page.entries, page.more);
    } catch {
      this.chat.setOlder('failed');
    }
  }

  async loadGap(gap: GapRow): Promise<void> {
    if (this.#room === null) return;
    this.chat.setGap(gap, 'loading');
    try {
      const page = await this.#room.history({ after: gap.seq - 1, limit: LIMITS.historyPage });
      this.chat.fillGap(gap, page.entries, page.more);
    } catch {
      this.chat.setGap(gap, 'failed');
    }
  }

  async delete(seq: number): Promise<void> {
    await this.#joined().delete(seq);
  }

  async mute(userId: string, seconds: number): Promise<void> {
    await this.#joined().mute(userId, { seconds });
  }

  async unmute(userId: string): Promise<void> {
    await this.#joined().unmute(userId);
  }

  like(): void {
    this.likes.like((count) => this.#room?.like(count) ?? Promise.reject(new Error('not open')));
  }

  /** To be called for each key press. */
  noteTyping(): void {
    if (this.user.get() !== null) this.#room?.typing();
  }

  /** The room as the gateway describes it after a change from here. */
  describe({ slug, title, state, visibility, owner, ...rest }: RoomDescription): void {
    const { streamUrl, slowModeMs, createdAt } = rest;
    this.description.set({
      slug,
      title,
      state,
      visibility,
      owner,
      streamUrl,
      slowModeMs,
      createdAt,
    });
  }

  /** Entries as they happen, for what speaks them. */
  onLive(listener: Listener<readonly Entry[]>): () => void {
    this.#messageListeners.add(listener);
    return () => this.#messageListeners.delete(listener);
  }

  #listen(room: Room): void {
    room.on('state', (state) => {
      this.roomState.set(state);
      if (state.status === 'joined') this.viewers.set(room.viewers);
    });
    room.on('description', (description) => {
      this.description.set(description);
      if (description.slowModeMs === 0) this.waitUntil.set(0);
    });
    room.on('you', (you) => {
      this.you.set(you);
    });
    room.on('pulse', (pulse) => {
      this.#hear(pulse);
    });
    room.on('outbox', (outbox, changed) => {
      this.outgoing.update(outbox, changed);
    });
    this.roomState.set(room.state);
  }

  #hear({ viewers, likes = 0, typing = [] }: PulseData): void {
    this.viewers.set(viewers);
    this.likes.hear(likes);
    this.typing.set(typing.filter((name) => name !== this.user.get()?.name));
  }

  #receive(entries: readonly Entry[], live: boolean): void {
    const me = this.user.get();
    const ownKeys = new Map<number, string>();
    for (const entry of entries) {
      if (entry.kind !== 'message' || isWithdrawn(entry) || entry.user.id !== me?.id) continue;
      const key = this.outgoing.claim(entry);
      if (key !== undefined) ownKeys.set(entry.seq, key);
    }
    this.bullets.receive(entries, { live, me, ownKeyOf: (seq) => ownKeys.get(seq) });
    const gap = this.#gap;
    this.#gap = null;
    const to = Math.max(entries.at(-1)?.seq ?? 0, gap?.to ?? 0);
    const thinned = gap?.thinned === true;
    this.chat.receive(entries, { to, thinned });
    this.outgoing.passed(to);
    if (live) this.#meter.note({ given: entries.length, omitted: thinned ? gap.omitted : 0 });
    if (ownKeys.size > 0) this.chat.flush();
    if (live) for (const listener of this.#messageListeners) listener(entries);
  }

  #noteSlowMode(sentAt: number): void {
    const { slowModeMs } = this.description.get();
    const { role } = this.you.get();
    if (slowModeMs === 0 || role === 'owner' || role === 'moderator') return;
    this.waitUntil.set(this.localTime(sentAt) + slowModeMs);
  }

  #joined(): Room {
    if (this.#room === null) throw new Error('the room is not open');
    return this.#room;
  }
}
