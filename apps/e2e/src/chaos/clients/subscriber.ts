import Pusher, { type Channel, type PresenceChannel } from 'pusher-js';
import { clientOptions, PUSHER_APP, pusherApi } from '../../testing/pusher-pages';
import type { Recorder } from './recorder';

/** The event that publications have. */
export const SAID = 'said';
const AGAIN_MS = 500;
/**
 * After an attempt that failed the library waits until 15 s, then 30 s, have passed since it began, for it would try other transports
 * meanwhile. Here there is the WebSocket alone: it is made to try again, or the figures would tell of that.
 */
const ATTEMPT_MS = 2_000;

/**
 * 4100–4199 come again in a while, 4200–4299 at once (Pusher protocol 7); 1006 and their like (RFC 6455) are sockets that are gone.
 * All others say that somebody broke the protocol.
 */
function isPassing(code: number): boolean {
  if (code >= 4000) return code >= 4100 && code < 4300;
  return ![1002, 1003, 1007, 1008, 1009, 1010].includes(code);
}

export interface SubscriberOptions {
  name: string;
  /** Who it is in presence channels. */
  user: string;
  url: string;
  channels: readonly string[];
  recorder: Recorder;
}

/** A client of Pusher's own library, subscribed to some channels. What it sees is written down. */
export class Subscriber {
  private readonly pusher: Pusher;
  private readonly joined = new Set<string>();
  private readonly members = new Map<string, string[]>();
  private attempt: ReturnType<typeof setTimeout> | undefined;
  /** The last publication of each channel that it was given. */
  readonly lastSeen = new Map<string, string>();

  constructor(private readonly options: SubscriberOptions) {
    const api = pusherApi(options.url);
    this.pusher = new Pusher(PUSHER_APP.key, {
      ...clientOptions(options.url),
      enabledTransports: ['ws'],
      channelAuthorization: {
        endpoint: '',
        transport: 'ajax',
        customHandler: ({ socketId, channelName }, done) => {
          done(null, api.authorizeChannel(socketId, channelName, { user_id: options.user }));
        },
      },
    });
    this.pusher.connection.bind('state_change', ({ current }: { current: string }) => {
      if (current !== 'connected') this.away();
      this.watch(current);
    });
    this.watch(this.pusher.connection.state);
    this.pusher.connection.bind('error', (error: unknown) => {
      const code = codeOf(error);
      if (code !== null && !isPassing(code)) this.error('', JSON.stringify(error));
    });
    for (const channel of options.channels) this.subscribe(channel);
  }

  isIn(channel: string): boolean {
    return this.joined.has(channel);
  }

  get isWhole(): boolean {
    return this.joined.size === this.options.channels.length;
  }

  get user(): string {
    return this.options.user;
  }

  /** The users of a presence channel as it was told last, sorted. */
  membersOf(channel: string): readonly string[] {
    return this.members.get(channel) ?? [];
  }

  close(): void {
    this.away();
    this.pusher.connection.unbind('state_change');
    clearTimeout(this.attempt);
    this.pusher.disconnect();
  }

  private watch(state: string): void {
    clearTimeout(this.attempt);
    if (state !== 'connecting' && state !== 'unavailable') return;
    this.attempt = setTimeout(() => {
      this.pusher.disconnect();
      this.pusher.connect();
    }, ATTEMPT_MS);
  }

  private subscribe(name: string): void {
    const { recorder, name: client } = this.options;
    const of = { client, room: name };
    const channel = this.pusher.subscribe(name);
    channel.bind('pusher:subscription_succeeded', () => {
      this.joined.add(name);
      recorder.add({ ...of, type: 'state', state: 'joined' });
      this.lookAround(channel);
    });
    for (const change of ['pusher:member_added', 'pusher:member_removed']) {
      channel.bind(change, () => {
        this.lookAround(channel);
      });
    }
    channel.bind(SAID, ({ text }: { text: string }) => {
      this.lastSeen.set(name, text);
      recorder.add({ ...of, type: 'event', text });
    });
    // The library asks no second time by itself.
    channel.bind('pusher:subscription_error', (error: { status?: number }) => {
      if (!isPassing(error.status ?? 0)) this.error(name, JSON.stringify(error));
      setTimeout(() => {
        if (this.pusher.connection.state === 'connected') channel.subscribe();
      }, AGAIN_MS).unref();
    });
  }

  private lookAround(channel: Channel): void {
    if (!channel.name.startsWith('presence-')) return;
    const ids: string[] = [];
    (channel as PresenceChannel).members.each(({ id }: { id: string }) => ids.push(id));
    ids.sort();
    this.members.set(channel.name, ids);
    const { recorder, name } = this.options;
    recorder.add({ client: name, room: channel.name, type: 'members', ids });
  }

  private away(): void {
    const { recorder, name } = this.options;
    for (const room of this.joined)
      recorder.add({ client: name, room, type: 'state', state: 'away' });
    this.joined.clear();
  }

  private error(room: string, text: string): void {
    const { recorder, name } = this.options;
    recorder.add({ client: name, room, type: 'error', text });
  }
}

interface PusherError {
  data?: { code?: unknown };
}

/** The library gives what the server says with its code, a close with that in `error`, and a socket's failure without any. */
function codeOf(error: unknown): number | null {
  const { data, error: cause } = error as PusherError & { error?: PusherError };
  const code = data?.code ?? cause?.data?.code;
  return typeof code === 'number' ? code : null;
}
