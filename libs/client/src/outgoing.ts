import type { DanmakuStyle } from '@hubbub/protocol';
import type { HubbubError } from './hubbub-error';
import type { OutgoingMessage, OutgoingStatus, Sent, StoredMessage } from './types';

interface Owner {
  retry(message: Outgoing): void;
  discard(message: Outgoing): boolean;
}

/** A message of an outbox, which alone changes it. */
export class Outgoing implements OutgoingMessage {
  readonly key: string;
  readonly text: string;
  declare readonly danmaku?: DanmakuStyle;
  declare readonly replyTo?: number;
  readonly createdAt: number;
  user: string | undefined;
  status: OutgoingStatus = 'queued';
  declare error?: HubbubError;
  declare seq?: number;
  declare at?: number;
  done: Promise<Sent>;
  readonly #owner: Owner;
  #resolve: (sent: Sent) => void = () => undefined;
  #reject: (error: HubbubError) => void = () => undefined;

  constructor(
    owner: Owner,
    readonly room: string,
    { key, text, danmaku, replyTo, createdAt, user }: StoredMessage,
  ) {
    this.#owner = owner;
    this.key = key;
    this.text = text;
    if (danmaku) this.danmaku = danmaku;
    if (replyTo !== undefined) this.replyTo = replyTo;
    this.createdAt = createdAt;
    this.user = user;
    this.done = this.#promise();
  }

  retry(): void {
    this.#owner.retry(this);
  }

  discard(): boolean {
    return this.#owner.discard(this);
  }

  succeed({ seq, at }: Sent): void {
    this.status = 'sent';
    this.seq = seq;
    this.at = at;
    delete this.error;
    this.#resolve({ seq, at });
  }

  fail(error: HubbubError): void {
    this.status = 'failed';
    this.error = error;
    this.#reject(error);
  }

  requeue(user: string | undefined): void {
    this.status = 'queued';
    this.user = user;
    delete this.error;
    this.done = this.#promise();
  }

  stored(): StoredMessage {
    const { key, text, danmaku, replyTo, createdAt, user } = this;
    return {
      key,
      text,
      createdAt,
      ...(danmaku && { danmaku }),
      ...(replyTo !== undefined && { replyTo }),
      ...(user !== undefined && { user }),
    };
  }

  #promise(): Promise<Sent> {
    const done = new Promise<Sent>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // The status tells it too, so nobody has to listen here.
    done.catch(() => undefined);
    return done;
  }
}
