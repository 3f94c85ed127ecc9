import type { PulseData } from '@hubbub/protocol';
import type { Item } from '../../fanout/ring';
import type { LiveRoom, RoomListener } from '../../rooms/live-room';
import type { PusherApp } from '../app';
import type { Channels } from '../channels';

const KIND = /^\{"seq":\d+,"at":\d+,"kind":"(\w+)"/;

/**
 * Gives a room out as events of its channels. It listens to the room while there are subscribers, so a room without any costs
 * nothing here. What it gives out comes from this gateway's own feed: no Redis is on the way (G5).
 *
 * The entries are events of their kind's name, with the entry's JSON as data, in sequence and each once (G2). Where the feed
 * leaves some out, `omitted` {from, to} names them: history has them (G3). `pulse` has what the room protocol's has.
 */
export class RoomBroadcast implements RoomListener {
  readonly #app: PusherApp;
  readonly #room: LiveRoom;
  readonly #channels: Channels;
  /** How many subscribers each channel has here. */
  readonly #subscribers = new Map<string, number>();
  #givenTo = 0;

  constructor(app: PusherApp, room: LiveRoom, channels: Channels) {
    this.#app = app;
    this.#room = room;
    this.#channels = channels;
  }

  get isNeeded(): boolean {
    return this.#subscribers.size > 0;
  }

  add(channel: string): void {
    if (!this.isNeeded) {
      this.#givenTo = this.#room.feed.head;
      this.#room.listeners.add(this);
    }
    this.#subscribers.set(channel, (this.#subscribers.get(channel) ?? 0) + 1);
  }

  remove(channel: string): void {
    const left = (this.#subscribers.get(channel) ?? 0) - 1;
    if (left > 0) this.#subscribers.set(channel, left);
    else this.#subscribers.delete(channel);
    if (!this.isNeeded) this.#room.listeners.delete(this);
  }

  appended({ seq, json }: Item): void {
    const from = this.#givenTo + 1;
    this.#givenTo = seq;
    if (seq > from) this.#tell('omitted', () => JSON.stringify({ from, to: seq - 1 }));
    const kind = KIND.exec(json)?.[1];
    // Its form of the moment in which it goes out: it may have been withdrawn while it waited (G9).
    if (kind !== undefined) this.#tell(kind, () => this.#room.feed.get(seq)?.json ?? json);
  }

  pulsed(pulse: PulseData): void {
    this.#tell('pulse', () => JSON.stringify(pulse));
  }

  #tell(name: string, data: () => string): void {
    for (const channel of this.#subscribers.keys()) {
      this.#channels.publishHere(this.#app, { channel, name, data });
    }
  }
}
