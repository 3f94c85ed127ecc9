import { once } from 'node:events';
import PusherClient from 'pusher-js';
import { WebSocket } from 'ws';
import { until } from '../../../testing/until';
import { sign } from '../../signature';
import { APP, PusherBed } from '../../testing/pusher-bed';

const ADMIN_TOKEN = 'the token of a trusted server';

interface Person {
  id: string;
  name: string;
  token: string;
}

/** An entry of the room's log, or the data of another event. */
type EventData = Record<string, unknown>;
interface Heard {
  event: string;
  data: EventData;
}

/** A channel as a client of Pusher's own library has it: every event in the order in which it came. */
export class Listener {
  readonly heard: Heard[] = [];

  constructor(
    readonly client: PusherClient,
    readonly name: string,
  ) {
    client.subscribe(name).bind_global((event: string, data: EventData = {}) => {
      this.heard.push({ event, data });
    });
  }

  /** Of the events of that name, what came with them. */
  of(event: string): EventData[] {
    return this.heard.filter((it) => it.event === event).map((it) => it.data);
  }

  texts(): unknown[] {
    return this.of('message').map((entry) => entry['text']);
  }

  /** What `pusher:error` told this client of this channel. */
  faults(): unknown[] {
    return this.of('pusher:error').map((data) => data['message'] ?? data);
  }

  async stands(): Promise<this> {
    await until(`${this.name} is subscribed to`, () =>
      this.of('pusher:subscription_succeeded').at(0),
    );
    return this;
  }

  async refused(): Promise<EventData> {
    return until(`${this.name} is refused`, () => this.of('pusher:subscription_error').at(0));
  }

  trigger(event: string, data: unknown): void {
    this.client.channel(this.name).trigger(event, data);
  }
}

/** One gateway on SQLite, its REST interface, and clients of Pusher's own library. */
export class RoomBed {
  readonly #clients: PusherClient[] = [];
  #made = 0;

  private constructor(private readonly bed: PusherBed) {}

  static async start(environment: Record<string, string> = {}): Promise<RoomBed> {
    return new RoomBed(await PusherBed.start({ ADMIN_TOKEN, ...environment }));
  }

  /** What was logged as a warning or an error. */
  get complaints(): string[] {
    return this.bed.complaints;
  }

  get url(): string {
    return `http://${this.bed.host}`;
  }

  async call(
    method: string,
    path: string,
    { token, body }: { token?: string; body?: object } = {},
  ) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = (text.startsWith('{') ? JSON.parse(text) : { text }) as EventData;
    if (response.status >= 300) throw new Error(`${method} ${path}: ${text}`);
    return answer;
  }

  async account(role: 'user' | 'bot' | 'admin' = 'user'): Promise<Person> {
    const name = `user${String(++this.#made)}`;
    const body = { handle: name, name, password: 'correct horse', role };
    const call = { token: ADMIN_TOKEN, body };
    const { user, token } = await this.call('POST', '/api/accounts', call);
    return { ...(user as Person), token: token as string };
  }

  async guest(name: string): Promise<Person> {
    const { user, token } = await this.call('POST', '/api/sessions/guest', { body: { name } });
    return { ...(user as Person), token: token as string };
  }

  async room(owner: Person, more: object = {}): Promise<string> {
    const slug = `room-${String(++this.#made)}`;
    const body = { slug, title: slug, ...more };
    await this.call('POST', '/api/rooms', { token: owner.token, body });
    return slug;
  }

  /** Says something in the room, as somebody who does it over REST. Its sequence. */
  async say(who: Person, slug: string, text: string): Promise<number> {
    const body = { key: `key-${String(++this.#made)}-rest`, text };
    const call = { token: who.token, body };
    const { seq } = await this.call('POST', `/api/rooms/${slug}/messages`, call);
    return seq as number;
  }

  async entries(slug: string): Promise<EventData[]> {
    const { entries } = await this.call('GET', `/api/rooms/${slug}/entries?limit=200`);
    return entries as EventData[];
  }

  async viewers(slug: string): Promise<unknown> {
    return (await this.call('GET', `/api/rooms/${slug}`))['viewers'];
  }

  /** A connection of somebody who has signed in at this gateway, or of nobody. */
  client(token?: string): PusherClient {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return this.#connect({
      channelAuthorization: { transport: 'ajax', endpoint: `${this.url}/api/pusher/auth`, headers },
      userAuthentication: {
        transport: 'ajax',
        endpoint: `${this.url}/api/pusher/user-auth`,
        headers,
      },
    });
  }

  /** A connection of somebody whom the app's own server signs for. */
  outsider(member: { user_id: string | number; user_info?: object }): PusherClient {
    const data = JSON.stringify(member);
    return this.#connect({
      channelAuthorization: {
        customHandler: ({ socketId, channelName }, answer) => {
          const signature = sign(APP.secret, `${socketId}:${channelName}:${data}`);
          answer(null, { auth: `${APP.key}:${signature}`, channel_data: data });
        },
      },
    });
  }

  /** Listens to the room in its public form. */
  async read(slug: string): Promise<Listener> {
    return new Listener(this.client(), `room.${slug}`).stands();
  }

  /** Is somebody in the room. */
  async enter(slug: string, client: PusherClient): Promise<Listener> {
    return new Listener(client, `presence-room.${slug}`).stands();
  }

  /** Asks for something of the room protocol that has no place in REST. */
  async #ask(who: Person, event: 'mute' | 'delete', data: object): Promise<void> {
    const address = `${this.url.replace('http', 'ws')}/ws?token=${encodeURIComponent(who.token)}`;
    const socket = new WebSocket(address);
    const replies: { event: string }[] = [];
    socket.on('message', (text: Buffer) => replies.push(JSON.parse(text.toString()) as Heard));
    await once(socket, 'open');
    socket.send(JSON.stringify({ event, id: 1, data }));
    await until(`${event} is answered`, () => replies.length === 2);
    socket.close();
    if (replies[1]?.event !== 'ok') throw new Error(JSON.stringify(replies[1]));
  }

  mute(who: Person, room: string, user: string): Promise<void> {
    return this.#ask(who, 'mute', { room, user });
  }

  removeMessage(who: Person, room: string, seq: number): Promise<void> {
    return this.#ask(who, 'delete', { room, seq });
  }

  /** Ends all connections. */
  clear(): void {
    for (const client of this.#clients.splice(0)) client.disconnect();
  }

  async stop(): Promise<void> {
    this.clear();
    await this.bed.close();
  }

  #connect(options: Partial<ConstructorParameters<typeof PusherClient>[1]>): PusherClient {
    const client = new PusherClient(APP.key, {
      cluster: '',
      wsHost: '127.0.0.1',
      wsPort: this.bed.gateway.port,
      forceTLS: false,
      enabledTransports: ['ws'],
      ...options,
    });
    this.#clients.push(client);
    return client;
  }
}
