import { randomBytes } from 'node:crypto';
import { onBeat } from '../beat';
import type { Bus } from '../cluster/bus';
import type { Viewers } from '../cluster/viewers';
import type { FlushReport } from '../fanout/outbox';
import type { Log } from '../log';
import { Refusal } from '../refusal';
import type { CommittedBatch, RoomLog } from '../store/room-log';
import type { RoomStore } from '../store/room-store';
import type { RoomEntity } from '../store/entities/room.entity';
import { decodeMessage, encodeEntries, encodeMessage } from './bus-message';
import { LiveRoom } from './live-room';
import { noSuchRoom } from './policy';
import { RING_ITEMS } from '../fanout/feed';
import { TailWatch } from './tail-watch';

/** The heads of the open rooms are asked for this often: what was published and lost is here within a second (G5). */
const TAIL_WELL_MS = 750;
/** While the bus is unwell, everything of the other gateways comes this way. */
const TAIL_UNWELL_MS = 250;
const PULSE_MS = 1_000;
/** A room without participants is kept this long: somebody who reloads the page finds it open. */
const LINGER_MS = 10_000;
/**
 * A gateway whose last word from the others is older than this asks the database before it gives anything out. So this is also
 * how long a withdrawal waits for gateways that do not confirm it (G9).
 */
const FRESH_MS = 1_000;
const CONFIRM_AGAIN_MS = 200;

const roomChannel = (roomId: number) => `hubbub:room:${String(roomId)}`;
const gatewayChannel = (gateway: string) => `hubbub:gateway:${gateway}`;

export interface RoomFloorOptions {
  bus: Bus;
  roomLog: RoomLog;
  roomStore: RoomStore;
  viewers: Viewers;
  gateway: string;
  log: Log;
  /** Messages a second that a viewer is given of one room; Infinity for no limit. */
  viewerBudget: number;
  report: (flush: FlushReport) => void;
}

/** The rooms that this gateway gives out: opened by the first who needs one, closed a while after the last has left. */
export class RoomFloor {
  readonly #options: RoomFloorOptions;
  readonly #open = new Map<number, LiveRoom>();
  readonly #opening = new Map<number, Promise<LiveRoom>>();
  readonly #bySlug = new Map<string, LiveRoom>();
  readonly #confirmations = new Map<string, (gateway: string) => void>();
  readonly #endBeats: (() => void)[] = [];
  readonly #tail: TailWatch;
  #endOftenBeat: (() => void) | undefined;
  #isClosed = false;

  constructor(options: RoomFloorOptions) {
    this.#options = options;
    const { bus, gateway, roomLog, log } = options;
    this.#tail = new TailWatch({
      roomLog,
      log,
      rooms: this.#open,
      wentBack: (room) => {
        this.#startAnew(room);
      },
    });
    void bus.subscribe(gatewayChannel(gateway), (payload) => {
      const [nonce = '', from = ''] = payload.toString().split(' ');
      this.#confirmations.get(nonce)?.(from);
    });
    this.#lookOften(!bus.isWell);
    bus.onChange((isWell) => {
      void this.#tail.look();
      this.#lookOften(!isWell);
    });
    this.#endBeats.push(
      onBeat(TAIL_WELL_MS, () => void this.#tail.look()),
      onBeat(PULSE_MS, () => {
        this.#pulse();
        this.#closeIdle();
      }),
    );
  }

  get openRooms(): number {
    return this.#open.size;
  }

  /** @throws {Refusal} `not_found` where there is no room of that name. */
  async open(slug: string): Promise<LiveRoom> {
    const open = this.#bySlug.get(slug);
    if (open) {
      open.idleSince = performance.now();
      return open;
    }
    const room = await this.#options.roomStore.findBySlug(slug);
    if (!room) throw noSuchRoom('room');
    // Whoever asked at the same time may have opened it meanwhile; a second one of it would give nothing to its joiners.
    const opened = this.#open.get(room.id);
    if (opened) return opened;
    let opening = this.#opening.get(room.id);
    if (!opening) {
      opening = this.#openRoom(room).finally(() => this.#opening.delete(room.id));
      this.#opening.set(room.id, opening);
    }
    return opening;
  }

  /** Called by the room log after each commit of this gateway, in order per room. */
  committed(batch: CommittedBatch): void {
    this.#open.get(batch.roomId)?.feed.accept(batch.entries);
    const payload = encodeEntries(batch.from, batch.entries);
    void this.#options.bus.publish(roomChannel(batch.roomId), payload);
  }

  /**
   * Resolves when no gateway gives out anything older than the entry `seq`: all that listen have said so, or have had the time
   * after which they ask the database by themselves.
   */
  confirm(room: LiveRoom, seq: number): Promise<void> {
    return this.#tellAll(room.id, (from) => encodeMessage({ type: 'confirm', ...from, seq }));
  }

  /** See `PolicyNews`. */
  async tellPolicyChanged(roomId: number): Promise<void> {
    await this.#open.get(roomId)?.changePolicy();
    await this.#tellAll(roomId, (from) => encodeMessage({ type: 'policy', ...from }));
  }

  /** Resolves when every gateway that gives out the room has answered, or FRESH_MS have passed. */
  async #tellAll(
    roomId: number,
    encode: (from: { gateway: string; nonce: string }) => string,
  ): Promise<void> {
    const { bus, gateway } = this.#options;
    const nonce = randomBytes(9).toString('base64url');
    const payload = encode({ gateway, nonce });
    const giveUpAt = performance.now() + FRESH_MS;
    const heard = new Set<string>();
    let wanted = Infinity;
    let enough: () => void = () => undefined;
    this.#confirmations.set(nonce, (from) => {
      heard.add(from);
      if (heard.size >= wanted) enough();
    });
    // Where the room is open here, this gateway listens itself: nobody means that it was not published.
    const isHeard = () =>
      bus.isWell && heard.size >= wanted && (wanted > 0 || !this.#open.has(roomId));
    while (performance.now() < giveUpAt && !this.#isClosed) {
      const answered = new Promise<void>((resolve) => (enough = resolve));
      wanted = await bus.publish(roomChannel(roomId), payload);
      if (isHeard()) break;
      const timer = setTimeout(
        enough,
        Math.min(CONFIRM_AGAIN_MS, Math.max(1, giveUpAt - performance.now())),
      );
      await answered;
      clearTimeout(timer);
      if (isHeard()) break;
    }
    this.#confirmations.delete(nonce);
  }

  /**
   * What this gateway gives out of its ring from here on is no older than a second.
   * @throws {Refusal} `unavailable` where neither the bus nor the database can say so.
   */
  async assureFresh(room: LiveRoom): Promise<void> {
    if (!this.#isFresh(room)) await this.readHead(room);
  }

  /** Brings the room up to the head that the database names. */
  async readHead(room: LiveRoom): Promise<void> {
    const startedAt = performance.now();
    try {
      const heads = await this.#options.roomLog.heads([room.id]);
      const head = heads.get(room.id) ?? 0;
      await room.feed.catchUp(head);
      room.feed.observe(head, startedAt);
    } catch {
      throw new Refusal('unavailable', 'the database does not answer', { retryAfterMs: 1_000 });
    }
  }

  /** Closes a room here: nobody is in it any more, or it is gone. */
  drop(room: LiveRoom): void {
    if (this.#open.get(room.id) !== room) return;
    this.#open.delete(room.id);
    this.#bySlug.delete(room.slug);
    this.#options.bus.unsubscribe(roomChannel(room.id));
    room.close();
  }

  /**
   * What is held of the room is not so any more. Everybody in it comes back and joins anew; a client whose cursor is beyond the head
   * that it is told then begins from the start.
   */
  #startAnew(room: LiveRoom): void {
    const participants = [...room.participants];
    this.drop(room);
    for (const member of participants) member.reconnect();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#endBeats) end();
    this.#lookOften(false);
    await this.#tail.close();
    for (const room of this.#open.values()) room.close();
    this.#open.clear();
    this.#bySlug.clear();
  }

  #lookOften(isUnwell: boolean): void {
    this.#endOftenBeat?.();
    this.#endOftenBeat =
      isUnwell && !this.#isClosed
        ? onBeat(TAIL_UNWELL_MS, () => void this.#tail.look())
        : undefined;
  }

  #isFresh({ feed }: LiveRoom): boolean {
    const { bus } = this.#options;
    return bus.isWell || performance.now() - feed.freshAt < FRESH_MS - TAIL_UNWELL_MS;
  }

  async #openRoom(entity: RoomEntity): Promise<LiveRoom> {
    const { bus, roomLog, roomStore } = this.#options;
    const channel = roomChannel(entity.id);
    // Subscribed before the log is read: whatever is committed in between is in one of the two.
    const early: Buffer[] = [];
    let live: LiveRoom | undefined;
    await bus.subscribe(channel, (payload) => {
      if (live) this.#receive(live, payload);
      else early.push(payload);
    });
    const startedAt = performance.now();
    try {
      const [latest, owner] = await Promise.all([
        roomLog.read(entity.id, { limit: RING_ITEMS }),
        entity.ownerId === null ? null : roomStore.owner(entity.ownerId),
      ]);
      const head = latest.at(-1)?.seq ?? 0;
      const { id, slug } = entity;
      const isFresh = (it: LiveRoom) => this.#isFresh(it);
      live = new LiveRoom({ ...this.#options, id, slug, owner, head, latest, isFresh });
      live.feed.observe(head, startedAt);
      this.#open.set(id, live);
      this.#bySlug.set(slug, live);
    } catch (error) {
      bus.unsubscribe(channel);
      throw error;
    }
    for (const payload of early) this.#receive(live, payload);
    return live;
  }

  #receive(room: LiveRoom, payload: Buffer): void {
    const message = decodeMessage(payload);
    switch (message.type) {
      case 'entries':
        if (message.to > room.feed.head) room.feed.accept(message.read());
        break;
      case 'pulse':
        if (message.gateway !== this.#options.gateway) room.hear(message.likes, message.typing);
        break;
      case 'policy':
        void this.#answer(message, () => room.changePolicy());
        break;
      case 'confirm':
        void this.#answer(message, () => room.feed.catchUp(message.seq).then(() => true));
        break;
    }
  }

  async #answer(
    asked: { gateway: string; nonce: string },
    isDone: () => Promise<boolean>,
  ): Promise<void> {
    const { bus, gateway } = this.#options;
    try {
      if (await isDone())
        await bus.publish(gatewayChannel(asked.gateway), `${asked.nonce} ${gateway}`);
    } catch (error) {
      this.#options.log.debug('rooms: could not confirm', { error: String(error) });
    }
  }

  #pulse(): void {
    const { bus, gateway, viewers } = this.#options;
    for (const room of this.#open.values()) {
      const own = room.takeOwnPulse();
      if (own) {
        const payload = encodeMessage({ type: 'pulse', gateway, ...own });
        void bus.publish(roomChannel(room.id), payload);
      }
      room.pulse(viewers.count(room.id));
    }
  }

  #closeIdle(): void {
    const now = performance.now();
    for (const room of this.#open.values()) {
      if (room.participants.size > 0) room.idleSince = now;
      if (now - room.idleSince < LINGER_MS) continue;
      this.drop(room);
    }
  }
}
