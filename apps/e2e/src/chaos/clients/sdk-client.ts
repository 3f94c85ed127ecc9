import type { Socket } from 'node:net';
import WebSocket from 'ws';
import { HubbubClient, HubbubError, type JoinOptions, type Room } from '@hubbub/client';
import type { Random } from '../../testing/random';
import { socketUrl } from '../../testing/raw-client';
import type { Recorder } from './recorder';

/**
 * A run has a month's faults in minutes: with waits of up to 20 s, which the SDK has for a cluster that is away for long, the
 * figures would tell of the dice, and not of the cluster.
 */
const BACKOFF = { maxMs: 2_000, resetAfterMs: 5_000 };

export interface SdkClientOptions {
  name: string;
  /** Of Nginx or a gateway, `http://…`. */
  url: string;
  /** None: an anonymous viewer. */
  token?: string;
  recorder: Recorder;
  random: Random;
}

/** A connection of the SDK whose socket can be taken away from under it. What it sees is written down. */
export class SdkClient {
  readonly name: string;
  readonly rooms = new Map<string, Room>();
  private readonly client: HubbubClient;
  private readonly recorder: Recorder;
  private socket: WebSocket | null = null;
  private wire: Socket | null = null;
  private isOver = false;

  constructor({ name, url, token, recorder, random }: SdkClientOptions) {
    this.name = name;
    this.recorder = recorder;
    this.client = new HubbubClient({
      url: socketUrl(url),
      ...(token !== undefined && { token }),
      connect: (request) => this.open(request),
      random: () => random.next(),
      backoff: BACKOFF,
      log: {},
    });
    this.client.on('error', (error) => {
      this.error('', error.message);
    });
    this.client.on('state', (state) => {
      if (state.status === 'closed' && !this.isOver) this.error('', `closed: ${state.reason}`);
    });
    this.client.connect();
  }

  get isWhole(): boolean {
    return [...this.rooms.values()].every(({ state }) => state.status === 'joined');
  }

  join(slug: string, options: JoinOptions = {}): Room {
    const room = this.client.join(slug, options);
    this.rooms.set(slug, room);
    const of = { client: this.name, room: slug };
    let isJoined = false;
    room.on('state', (state) => {
      if (state.status === 'refused') this.error(slug, `refused: ${state.error.code}`);
      if ((state.status === 'joined') === isJoined) return;
      isJoined = state.status === 'joined';
      this.recorder.add({ ...of, type: 'state', state: isJoined ? 'joined' : 'away' });
      if (isJoined) this.recorder.add({ ...of, type: 'viewers', count: room.viewers });
    });
    room.on('pulse', ({ viewers }) => {
      this.recorder.add({ ...of, type: 'viewers', count: viewers });
    });
    return room;
  }

  /** Resolves with the sequence once it is committed, or with null where the SDK has given it up. */
  async say(slug: string, key: string, text: string): Promise<number | null> {
    const room = this.rooms.get(slug);
    if (!room) throw new Error(`${this.name} is not in ${slug}`);
    const of = { client: this.name, room: slug, key };
    this.recorder.add({ ...of, type: 'send', text });
    try {
      const { seq } = await room.send({ key, text }).done;
      this.recorder.add({ ...of, type: 'ok', seq });
      return seq;
    } catch (error) {
      const code = error instanceof HubbubError ? error.code : String(error);
      if (!this.isOver) this.recorder.add({ ...of, type: 'refused', code });
      return null;
    }
  }

  /** Its socket is gone without a close frame: with an RST, or with a FIN alone. It then comes back by itself. */
  vanish(withReset: boolean): void {
    if (withReset) this.wire?.resetAndDestroy();
    else this.socket?.terminate();
  }

  /** It reads nothing for so long. */
  stall(ms: number): void {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return;
    for (const room of this.rooms.keys())
      this.recorder.add({ client: this.name, room, type: 'stalled', ms });
    socket.pause();
    setTimeout(() => {
      socket.resume();
    }, ms).unref();
  }

  /** For good. */
  async close(): Promise<void> {
    this.isOver = true;
    await this.client.close();
  }

  private open({
    url,
    protocols,
    token,
  }: {
    url: string;
    protocols: string[];
    token: string | null;
  }): WebSocket {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, protocols, { headers });
    socket.on('upgrade', ({ socket: wire }) => {
      this.wire = wire;
    });
    this.socket = socket;
    return socket;
  }

  private error(room: string, text: string): void {
    this.recorder.add({ client: this.name, room, type: 'error', text });
  }
}
