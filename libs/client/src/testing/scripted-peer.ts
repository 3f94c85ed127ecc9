import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Entry, SessionUser } from '@hubbub/protocol';

export interface PeerRequest {
  event: string;
  id: number;
  data: Record<string, unknown> & { room: string };
}

/** What becomes of a request: done and answered, done with the answer lost, answered twice, not even read, refused. */
export type Verdict =
  'answer' | 'silence' | 'twice' | 'drop' | { code: string; retryAfterMs?: number };

/** The room's log as the peer keeps it, and who follows it. */
export class PeerRoom {
  readonly entries: Entry[] = [];
  readonly keys = new Map<string, number>();
  readonly followers = new Set<PeerConnection>();

  constructor(readonly slug: string) {}

  get head(): number {
    return this.entries.length;
  }

  append(count = 1, text = 'something'): void {
    for (let i = 0; i < count; i++) {
      this.add({ kind: 'message', user: { id: 'other', name: 'Other' }, text });
    }
    this.flush();
  }

  /** Without `flush` nobody hears of it. */
  add(body: Record<string, unknown>): number {
    const seq = this.head + 1;
    this.entries.push({ seq, at: 1_700_000_000_000 + seq, ...body } as Entry);
    return seq;
  }

  flush(): void {
    for (const follower of this.followers) follower.follow(this);
  }

  between(from: number, to: number): Entry[] {
    return this.entries.slice(from - 1, to);
  }
}

export class PeerConnection {
  /** Up to where each room was given to this connection. */
  readonly given = new Map<string, number>();
  isSilent = false;

  constructor(
    readonly socket: WebSocket,
    readonly request: IncomingMessage,
    readonly peer: ScriptedPeer,
  ) {}

  write(frame: unknown): void {
    if (!this.isSilent) this.socket.send(JSON.stringify(frame));
  }

  follow(room: PeerRoom): void {
    const from = (this.given.get(room.slug) ?? 0) + 1;
    const to = room.head;
    if (from > to) return;
    this.given.set(room.slug, to);
    const data = { room: room.slug, from, to, entries: room.between(from, to) };
    for (const frame of this.peer.distort({ event: 'log', data }, this)) this.write(frame);
  }
}

export interface LogFrame {
  event: 'log';
  data: { room: string; from: number; to: number; entries: Entry[]; omitted?: number };
}

/** Speaks the room protocol over real sockets, as truly or as badly as a test wants it. */
export class ScriptedPeer {
  readonly rooms = new Map<string, PeerRoom>();
  readonly requests: PeerRequest[] = [];
  readonly connections: PeerConnection[] = [];
  user: SessionUser | null = { id: 'me', name: 'Me', role: 'user' };
  heartbeatMs = 25_000;
  /** False: a socket is accepted and nothing said. */
  isWelcoming = true;
  /** Answers the upgrade with this status in place of an upgrade. */
  refuseUpgrade: number | null = null;
  /** The entry of a send is given out before its reply, and not after it. */
  isLogFirst = false;
  judge: (request: PeerRequest, connection: PeerConnection) => Verdict = () => 'answer';
  distort: (frame: LogFrame, connection: PeerConnection) => LogFrame[] = (frame) => [frame];
  readonly #server: WebSocketServer;

  private constructor() {
    this.#server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: () => 'hubbub.v1',
      verifyClient: (_info, answer) => {
        answer(this.refuseUpgrade === null, this.refuseUpgrade ?? undefined);
      },
    });
    this.#server.on('connection', (socket, request) => {
      this.#accept(socket, request);
    });
  }

  static async open(): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer();
    await once(peer.#server, 'listening');
    return peer;
  }

  get url(): string {
    return `ws://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/ws`;
  }

  room(slug: string): PeerRoom {
    const room = this.rooms.get(slug) ?? new PeerRoom(slug);
    this.rooms.set(slug, room);
    return room;
  }

  /** The connection that was made last. */
  get latest(): PeerConnection {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error('nobody has connected');
    return connection;
  }

  requestsOf(event: string): PeerRequest[] {
    return this.requests.filter((request) => request.event === event);
  }

  /** All connections end, as if the cable were cut. */
  cut(): void {
    for (const { socket } of this.connections) socket.terminate();
  }

  closeAll(code: number): void {
    for (const { socket } of this.connections) socket.close(code);
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    const connection = new PeerConnection(socket, request, this);
    this.connections.push(connection);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const room of this.rooms.values()) room.followers.delete(connection);
    });
    socket.on('message', (text) => {
      this.#receive(connection, JSON.parse((text as Buffer).toString()) as PeerRequest);
    });
    if (this.isWelcoming) this.welcome(connection);
  }

  welcome(connection: PeerConnection): void {
    const limits = { frameBytes: 16_384, textChars: 200, rooms: 50 };
    const { user, heartbeatMs } = this;
    const data = { connection: 'c', gateway: 'g', user, now: Date.now(), heartbeatMs, limits };
    connection.write({ event: 'welcome', data });
  }

  #receive(connection: PeerConnection, request: PeerRequest): void {
    this.requests.push(request);
    const verdict = this.judge(request, connection);
    const { id } = request;
    if (verdict === 'drop') return;
    if (typeof verdict === 'object') {
      connection.write({ event: 'error', id, data: { message: 'no', ...verdict } });
      return;
    }
    const data = this.#answer(connection, request);
    const room = this.rooms.get(request.data.room);
    if (this.isLogFirst) room?.flush();
    if (verdict !== 'silence') connection.write({ event: 'ok', id, data });
    if (verdict === 'twice') connection.write({ event: 'ok', id, data });
    room?.flush();
  }

  #answer(connection: PeerConnection, { event, data }: PeerRequest): object {
    if (event === 'ping') return { now: Date.now() };
    const room = this.room(data.room);
    switch (event) {
      case 'join':
        return this.#join(connection, room, data['after'] as number | undefined);
      case 'leave':
        room.followers.delete(connection);
        return {};
      case 'send':
        return this.#send(room, data as unknown as { key: string; text: string });
      case 'history':
        return history(room, data);
      case 'delete':
        return { seq: room.add({ kind: 'delete', target: data['seq'], by: 'me' }) };
      default:
        return {};
    }
  }

  #join(connection: PeerConnection, room: PeerRoom, after: number | undefined): object {
    const { head } = room;
    connection.given.set(room.slug, head);
    room.followers.add(connection);
    const all = after === undefined ? room.entries.slice(-50) : room.entries.slice(after);
    const entries = all.length > 500 ? all.slice(-100) : all;
    const omitted = all.length - entries.length;
    return {
      room: describe(room.slug),
      head,
      viewers: room.followers.size,
      you: { role: 'viewer', mutedUntil: null },
      entries,
      ...(omitted > 0 && { omitted }),
    };
  }

  #send(room: PeerRoom, { key, text }: { key: string; text: string }): object {
    const known = room.keys.get(key);
    const seq = known ?? room.add({ kind: 'message', user: { id: 'me', name: 'Me' }, text });
    room.keys.set(key, seq);
    return { seq, at: 1_700_000_000_000 + seq, key, ...(known && { duplicate: true }) };
  }
}

function history(room: PeerRoom, data: Record<string, unknown>): object {
  const { before, after, limit } = data as { before?: number; after?: number; limit: number };
  if (after !== undefined) {
    return { entries: room.entries.slice(after, after + limit), more: after + limit < room.head };
  }
  const end = before === undefined ? room.head : before - 1;
  return { entries: room.entries.slice(Math.max(0, end - limit), end), more: end > limit };
}

function describe(slug: string): object {
  return {
    slug,
    title: slug,
    state: 'live',
    visibility: 'public',
    owner: null,
    streamUrl: null,
    slowModeMs: 0,
    createdAt: 0,
  };
}
