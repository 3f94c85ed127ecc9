import { createHmac } from 'node:crypto';
import WebSocket from 'ws';
import { PUSHER_APP } from './pusher-pages';
import { waitFor } from './wait-for';

export interface PusherMessage {
  event: string;
  channel?: string;
  data?: unknown;
}

/** HMAC-SHA256 in hex, as everything of the Pusher protocol is signed. */
export function sign(text: string): string {
  return createHmac('sha256', PUSHER_APP.secret).update(text).digest('hex');
}

/** A connection of the Pusher protocol as it is on the wire, which never comes back by itself. */
export class PusherSocket {
  readonly messages: PusherMessage[] = [];
  socketId = '';
  closedWith: number | null = null;
  private readonly ws: WebSocket;

  private constructor(url: string) {
    const address = `${url.replace(/^http/, 'ws')}/app/${PUSHER_APP.key}?protocol=7`;
    this.ws = new WebSocket(address, { perMessageDeflate: false });
    this.ws.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as PusherMessage;
      this.messages.push(message);
      if (message.event === 'pusher:connection_established') {
        this.socketId = (JSON.parse(message.data as string) as { socket_id: string }).socket_id;
      }
    });
    this.ws.on('close', (code) => (this.closedWith = code));
    this.ws.on('error', () => undefined);
  }

  /** At a gateway, or at Nginx. */
  static async open(url: string): Promise<PusherSocket> {
    const socket = new PusherSocket(url);
    await waitFor(() => socket.socketId, {
      what: 'a Pusher connection is established',
      timeoutMs: 20_000,
    });
    return socket;
  }

  /** Subscribes; resolves when that has succeeded. */
  async join(channel: string, userId?: string): Promise<void> {
    const member = userId === undefined ? undefined : JSON.stringify({ user_id: userId });
    const isSigned = /^(private|presence)-/.test(channel);
    const signed = [this.socketId, channel, ...(member ? [member] : [])].join(':');
    this.send({
      event: 'pusher:subscribe',
      data: {
        channel,
        ...(isSigned && { auth: `${PUSHER_APP.key}:${sign(signed)}` }),
        ...(member && { channel_data: member }),
      },
    });
    await waitFor(() => this.of(channel, 'pusher_internal:subscription_succeeded').length > 0, {
      what: `subscribed to ${channel}`,
      timeoutMs: 20_000,
    });
  }

  signIn(id: string, watchlist: readonly string[]): void {
    const data = JSON.stringify({ id, watchlist });
    const auth = `${PUSHER_APP.key}:${sign(`${this.socketId}::user::${data}`)}`;
    this.send({ event: 'pusher:signin', data: { auth, user_data: data } });
  }

  send(message: object): void {
    this.ws.send(JSON.stringify(message));
  }

  /** What came of an event of a channel. */
  of(channel: string, event: string): PusherMessage[] {
    return this.messages.filter((it) => it.channel === channel && it.event === event);
  }

  /** The users that were added to (or removed from) a presence channel, in order. */
  members(channel: string, change: 'added' | 'removed'): string[] {
    return this.of(channel, `pusher_internal:member_${change}`).map(
      ({ data }) => (JSON.parse(data as string) as { user_id: string }).user_id,
    );
  }

  /** Who was in a presence channel when this connection came. */
  membersAtFirst(channel: string): string[] {
    const [{ data } = { data: '' }] = this.of(channel, 'pusher_internal:subscription_succeeded');
    return (JSON.parse(data as string) as { presence: { ids: string[] } }).presence.ids;
  }

  /** What it was last told of how many subscribe. */
  subscriptionCount(channel: string): number {
    const last = this.of(channel, 'pusher_internal:subscription_count').at(-1);
    return (last?.data as { subscription_count: number } | undefined)?.subscription_count ?? 0;
  }

  /** Those of its watchlist that are online, as far as it was told. */
  online(): Set<string> {
    const online = new Set<string>();
    for (const { event, data } of this.messages) {
      if (event !== 'pusher_internal:watchlist_events') continue;
      const { events } = data as { events: { name: string; user_ids: string[] }[] };
      for (const { name, user_ids } of events) {
        for (const id of user_ids) online[name === 'online' ? 'add' : 'delete'](id);
      }
    }
    return online;
  }

  drop(): void {
    this.ws.terminate();
  }
}
