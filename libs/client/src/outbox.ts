import { toError, type Emitter } from './emitter';
import { HubbubError, type HubbubErrorCode } from './hubbub-error';
import { Outgoing } from './outgoing';
import type { RoomFollower } from './room-follower';
import type {
  Draft,
  OutboxStorage,
  OutgoingMessage,
  RoomEvents,
  RoomState,
  Sent,
  StoredMessage,
} from './types';

export interface OutboxOptions {
  room: string;
  follower: RoomFollower;
  emitter: Emitter<RoomEvents>;
  storage: OutboxStorage | undefined;
  limit: number;
  backoffMs: (attempt: number) => number;
  random: () => number;
  /** Who is signed in; undefined where nobody is, or it is not known yet. */
  user: () => string | undefined;
  report: (error: Error) => void;
}

/** The message is sent again by itself, with the same key, which is always safe (P9). */
const PASSING: readonly HubbubErrorCode[] = [
  'disconnected',
  'closed',
  'timeout',
  'unavailable',
  'rate_limited',
  'not_joined',
];
/** P7. */
const KEY = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * The messages of one room on their way. They are sent one after the other, each after the reply to the one before:
 * so they are committed in the order of sending, whatever becomes of the connection.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #messages: Outgoing[] = [];
  #inFlight: Outgoing | null = null;
  /** Refusals in a row that pass by themselves. */
  #putBack = 0;
  #hold: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    for (const stored of this.#load())
      this.#messages.push(new Outgoing(this, options.room, stored));
    options.emitter.on('state', (state) => {
      this.#roomChanged(state);
    });
  }

  /** What is not sent yet, in the order of sending, and what failed. */
  get messages(): readonly OutgoingMessage[] {
    return [...this.#messages];
  }

  send({ key = newKey(), text, danmaku, replyTo }: Draft): OutgoingMessage {
    const { room, limit, follower } = this.#options;
    const user = this.#options.user();
    const message = new Outgoing(this, room, {
      key,
      text,
      createdAt: Date.now(),
      ...(danmaku && { danmaku }),
      ...(replyTo !== undefined && { replyTo }),
      ...(user !== undefined && { user }),
    });
    const { state } = follower;
    if (text.trim() === '') {
      message.fail(new HubbubError('invalid', 'text is empty', { field: 'text' }));
    } else if (!KEY.test(key) || this.#messages.some((other) => other.key === key)) {
      message.fail(
        new HubbubError('invalid', 'a key is 8 to 64 of A-Z a-z 0-9 _ -, and used once', {
          field: 'key',
        }),
      );
    } else if (state.status === 'left') {
      message.fail(new HubbubError('closed', 'the room was left'));
    } else if (this.#unsent().length >= limit) {
      message.fail(new HubbubError('outbox_full', `${String(limit)} messages wait already`));
    } else {
      this.#messages.push(message);
      if (state.status === 'refused') message.fail(state.error);
      this.#changed(message);
      this.#pump();
    }
    return message;
  }

  retry(message: Outgoing): void {
    if (message.status !== 'failed' || !this.#messages.includes(message)) return;
    this.#messages = this.#messages.filter((other) => other !== message);
    this.#messages.push(message);
    message.requeue(this.#options.user());
    this.#changed(message);
    this.#pump();
  }

  discard(message: Outgoing): boolean {
    if (message.status === 'sending' || !this.#messages.includes(message)) return false;
    this.#messages = this.#messages.filter((other) => other !== message);
    message.fail(new HubbubError('discarded', 'the message was discarded'));
    this.#changed(message);
    return true;
  }

  #roomChanged(state: RoomState): void {
    switch (state.status) {
      case 'joined':
        this.#pump();
        break;
      case 'joining':
        break;
      case 'refused':
        for (const message of this.#unsent()) {
          message.fail(state.error);
          this.#changed(message);
        }
        break;
      case 'left': {
        clearTimeout(this.#hold);
        const dropped = this.#messages.filter(({ status }) => status !== 'sending');
        this.#messages = this.#messages.filter(({ status }) => status === 'sending');
        for (const message of dropped) {
          message.fail(new HubbubError('closed', 'the room was left'));
          this.#changed(message);
        }
        break;
      }
    }
  }

  /** Gives the next message to the gateway, where there is one, and nothing is in the way. */
  #pump(): void {
    const { follower, room } = this.#options;
    const { connection } = follower;
    if (this.#inFlight || this.#hold || !connection) return;
    const message = this.#messages.find(({ status }) => status === 'queued');
    if (!message) return;
    if (message.user !== undefined && message.user !== this.#options.user()) {
      message.fail(new HubbubError('other_user', 'it was written as another user'));
      this.#changed(message);
      this.#pump();
      return;
    }
    this.#inFlight = message;
    message.status = 'sending';
    this.#options.emitter.emit('outbox', this.messages, message);
    const { key, text, danmaku, replyTo } = message;
    void connection
      .request('send', {
        room,
        key,
        text,
        ...(danmaku && { danmaku }),
        ...(replyTo !== undefined && { replyTo }),
      })
      .then(
        ({ seq, at }) => {
          this.#inFlight = null;
          this.#sent(message, { seq, at });
        },
        (error: unknown) => {
          this.#inFlight = null;
          this.#refused(message, error);
        },
      )
      .finally(() => {
        this.#pump();
      });
  }

  #sent(message: Outgoing, sent: Sent): void {
    this.#putBack = 0;
    const { follower } = this.#options;
    follower.head = Math.max(follower.head, sent.seq);
    this.#messages = this.#messages.filter((other) => other !== message);
    message.succeed(sent);
    this.#changed(message);
  }

  #refused(message: Outgoing, cause: unknown): void {
    const error =
      cause instanceof HubbubError ? cause : new HubbubError('internal', toError(cause).message);
    const { status } = this.#options.follower.state;
    if (!PASSING.includes(error.code) || status === 'refused' || status === 'left') {
      this.#putBack = 0;
      message.fail(error);
      this.#changed(message);
      return;
    }
    message.status = 'queued';
    message.error = error;
    if (error.code !== 'disconnected' && error.code !== 'closed') this.#holdFor(error);
    if (error.code === 'not_joined') this.#options.follower.rejoin();
    this.#changed(message);
  }

  /** Nothing is sent before the time that the gateway named, and a little later, for others wait for the same time. */
  #holdFor({ retryAfterMs }: HubbubError): void {
    const { backoffMs, random } = this.#options;
    this.#putBack++;
    const delayMs =
      retryAfterMs === undefined
        ? backoffMs(this.#putBack)
        : retryAfterMs + random() * Math.min(retryAfterMs, 1_000);
    this.#hold = setTimeout(() => {
      this.#hold = undefined;
      this.#pump();
    }, delayMs);
  }

  #unsent(): Outgoing[] {
    return this.#messages.filter(({ status }) => status === 'queued' || status === 'sending');
  }

  #changed(message: Outgoing): void {
    const failed = this.#messages.filter(({ status }) => status === 'failed');
    const tooMany = failed.slice(0, Math.max(0, failed.length - this.#options.limit));
    this.#messages = this.#messages.filter((other) => !tooMany.includes(other));
    this.#save();
    this.#options.emitter.emit('outbox', this.messages, message);
  }

  #load(): StoredMessage[] {
    try {
      return this.#options.storage?.load(this.#options.room) ?? [];
    } catch (error) {
      this.#options.report(toError(error));
      return [];
    }
  }

  #save(): void {
    try {
      this.#options.storage?.save(
        this.#options.room,
        this.#unsent().map((message) => message.stored()),
      );
    } catch (error) {
      this.#options.report(toError(error));
    }
  }
}

/** 128 random bits: no two messages of a user share one. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
