import type { ConnectionLimits } from '../accounts/connection-limits';
import { FLOOD_MS, SHUT_OUT_MS, type Flow } from '../flow';
import type { Log } from '../log';
import type { PusherApp } from './app';
import type { Subscriber } from './channel';
import type { ChannelBacking } from './channel-backing';
import type { Channels } from './channels';
import { ClientEvents } from './client-events';
import type { PusherMetrics } from './http/pusher-metrics';
import { parseInbound, parseUserData, type Inbound } from './inbound';
import { CLOSES, ERRORS, encodeEvent, type Fault } from './protocol';
import { authMatches } from './signature';
import type { SignedInUser } from './signed-in-user';
import { Subscriptions } from './subscriptions';
import type { Handshake, Transport } from './transport';
import { Watchlist } from './watchlist';
import type { WebhookSink } from './webhook-event';
import { userChannel } from './channel-name';

const PONG = encodeEvent('pusher:pong', {});
const PING = encodeEvent('pusher:ping', {});

export interface PusherConnectionOptions {
  readonly socketId: string;
  readonly app: PusherApp;
  readonly transport: Transport;
  readonly handshake: Handshake;
  readonly channels: Channels;
  readonly backing: ChannelBacking;
  readonly webhooks: WebhookSink;
  readonly limits: ConnectionLimits;
  readonly log: Log;
  readonly metrics: PusherMetrics;
  /** False while the gateway drains: whoever asks for something may as well go now. */
  readonly takesTraffic: () => boolean;
  /** Called once when it has ended. */
  readonly ended: () => void;
}

/** One client of the Pusher Channels protocol: what it has subscribed to, and who it is. */
export class PusherConnection implements Subscriber {
  readonly socketId: string;
  readonly app: PusherApp;
  readonly transport: Transport;
  readonly handshake: Handshake;
  /** Unix ms. */
  readonly openedAt = Date.now();
  /** When the client last sent a message; Unix ms. */
  lastActiveAt = this.openedAt;
  /** When anything last came from it, a pong of the transport included; `performance.now()`. */
  heardAt = performance.now();
  pingedAt = this.heardAt;
  user: SignedInUser | null = null;
  readonly #channels: Channels;
  readonly #limits: ConnectionLimits;
  /** What counts its messages; null where nobody does. */
  readonly #flow: Flow | null;
  readonly #webhooks: WebhookSink;
  readonly #metrics: PusherMetrics;
  readonly #takesTraffic: () => boolean;
  readonly #ended: () => void;
  readonly #log: Log;
  readonly #subscriptions: Subscriptions;
  readonly #clientEvents: ClientEvents;
  readonly #watchlist: Watchlist;
  #hasEnded = false;
  /** What its user is counted under, among the connections of that user. */
  #countedAs: string | null = null;
  /** Sign-ins are taken one after the other. */
  #signingIn: Promise<void> = Promise.resolve();

  constructor(options: PusherConnectionOptions) {
    this.socketId = options.socketId;
    this.app = options.app;
    this.transport = options.transport;
    this.handshake = options.handshake;
    this.#channels = options.channels;
    this.#limits = options.limits;
    this.#flow = options.limits.flowOf(options.handshake.address, null);
    this.#webhooks = options.webhooks;
    this.#metrics = options.metrics;
    this.#takesTraffic = options.takesTraffic;
    this.#ended = options.ended;
    this.#log = options.log;
    this.#subscriptions = new Subscriptions(this, options);
    this.#clientEvents = new ClientEvents(this, { ...options, subscriptions: this.#subscriptions });
    this.#watchlist = new Watchlist(this, options.channels);
  }

  /** Whether it has shown who it is: signed in, or in a channel that takes a signature. */
  get isAuthorized(): boolean {
    return this.user !== null || this.#subscriptions.hasBeenAuthorized;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  sendText(text: string): void {
    this.#metrics.sent(this.app.id, 1, text.length);
    this.transport.writeText(text);
  }

  /** `pusher:error`; the connection goes on. */
  sendError(fault: Fault, channel?: string): void {
    this.sendText(JSON.stringify({ event: 'pusher:error', channel, data: fault }));
  }

  /** `pusher:error`, then the close. Nothing that the client says or is sent counts any more. */
  close(fault: Fault): void {
    this.sendError(fault);
    this.transport.close(fault.code, fault.message);
    this.ended(fault.code);
  }

  ping(): void {
    this.pingedAt = performance.now();
    this.transport.ping();
    this.sendText(PING);
  }

  /** Takes one message of the client. Never throws. */
  receive(text: string): void {
    if (this.#hasEnded || !this.transport.isOpen) return;
    try {
      this.#receive(text);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A ping or a pong of the transport has come; it is answered there. Never throws. */
  control(bytes: number): void {
    this.heardAt = performance.now();
    const waitMs = this.#flow?.takeFrame(bytes, this.heardAt) ?? 0;
    if (waitMs > FLOOD_MS) this.#shutOut();
  }

  /** Nobody is there any more. Only the first call counts. */
  ended(code: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#subscriptions.close();
    this.#signOut();
    this.#ended();
    this.#webhooks.record(this.app, { name: '$disconnect', socket_id: this.socketId, code });
  }

  #receive(text: string): void {
    this.#metrics.received(this.app.id, text.length);
    this.heardAt = performance.now();
    this.lastActiveAt = Date.now();
    if (this.#flow && !this.#mayPass(Buffer.byteLength(text))) return;
    const message = parseInbound(text);
    if (message) this.#take(message);
    else if (!this.#handOn(text)) this.sendError(ERRORS.notUnderstood);
  }

  /** Something of this size has come. False where it was too much: the client was told, or is being closed. */
  #mayPass(bytes: number): boolean {
    const waitMs = this.#flow?.takeFrame(bytes, this.heardAt) ?? 0;
    if (waitMs === 0) return true;
    this.#limits.report('frames');
    if (waitMs > FLOOD_MS) this.#shutOut();
    else this.sendError(ERRORS.tooManyMessages(waitMs));
    return false;
  }

  /** Ends it although the client goes on sending, and so may never hear of the close. */
  #shutOut(): void {
    if (this.#hasEnded) return;
    this.close(CLOSES.tooManyMessages);
    setTimeout(() => {
      this.transport.terminate();
    }, SHUT_OUT_MS).unref();
  }

  #take(message: Inbound): void {
    switch (message.event) {
      case 'pusher:ping':
        if (this.#takesTraffic()) this.sendText(PONG);
        else this.close(CLOSES.closed);
        break;
      case 'pusher:pong':
        break;
      case 'pusher:subscribe':
        if (this.#takesTraffic()) this.#subscriptions.subscribe(message.data);
        else this.close(CLOSES.closed);
        break;
      case 'pusher:unsubscribe':
        this.#subscriptions.unsubscribe(message.data.channel);
        break;
      case 'pusher:signin':
        this.#signingIn = this.#signingIn
          .then(() => this.#signIn(message.data))
          .catch((error: unknown) => {
            this.#fail(error);
          });
        break;
      case 'client':
        this.#clientEvents.take(message);
        break;
    }
  }

  /** A bug of ours: it ends neither the connection nor the gateway. */
  #fail(error: unknown): void {
    this.#log.error('pusher: a message failed', {
      error: error instanceof Error ? error.stack : String(error),
    });
    this.sendError(ERRORS.notUnderstood);
  }

  /** What is none of the protocol is the app's, where it wants that. */
  #handOn(text: string): boolean {
    const isWanted = this.app.webhooks.some((it) => it.eventTypes.includes('$default'));
    if (isWanted) {
      this.#webhooks.record(this.app, { name: '$default', socket_id: this.socketId, body: text });
    }
    return isWanted;
  }

  async #signIn({ auth, user_data: userData }: { auth: string; user_data: string }): Promise<void> {
    if (!authMatches(this.app, `${this.socketId}::user::${userData}`, auth)) {
      this.close(CLOSES.unauthorized);
      return;
    }
    const data = parseUserData(userData);
    const maxLength = this.app.maxChannelNameLength;
    if (!data || data.id.length > maxLength) {
      this.close(data ? CLOSES.userIdTooLong(maxLength) : CLOSES.noUserId);
      return;
    }
    this.#signOut();
    if (!this.#countUser(data.id)) {
      this.close(CLOSES.tooManyOfUser);
      return;
    }
    const user = { id: data.id, info: data.user_info };
    await this.#channels.subscribe(this.#asUser(user), () => {
      this.user = user;
      this.sendText(encodeEvent('pusher:signin_success', { user_data: userData }));
    });
    if (this.#hasEnded) this.#signOut();
    else await this.#watchlist.watch(data.watchlist.filter((id) => id.length <= maxLength));
  }

  /** False where this user has as many connections as one may have. */
  #countUser(id: string): boolean {
    // An app's users are its own, and none of them is a user of Hubbub, whose ids have no slash.
    const counted = `${this.app.id}/${id}`;
    const isCounted = this.#limits.addUser(this.handshake.address, counted);
    if (isCounted) this.#countedAs = counted;
    return isCounted;
  }

  #signOut(): void {
    const { user } = this;
    this.#watchlist.close();
    if (this.#countedAs !== null) {
      this.#limits.deleteUser(this.handshake.address, this.#countedAs);
      this.#countedAs = null;
    }
    if (!user) return;
    this.user = null;
    this.#channels.unsubscribe(this.#asUser(user));
  }

  #asUser({ id }: SignedInUser) {
    return { app: this.app, name: userChannel(id), subscriber: this };
  }
}
