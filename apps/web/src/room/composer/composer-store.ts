import type { Draft, HubbubErrorCode, OutgoingMessage, RoomSelf } from '@hubbub/client';
import type { DanmakuStyle } from '@hubbub/protocol';
import { LIMITS } from '@hubbub/protocol/tables';
import type { OutgoingRow } from '../session/outgoing-list';
import { ValueStore } from '../value-store';

/** Why what was written did not go out; `until` (ms, this machine's clock) where it may later. */
export interface RefusedReason {
  code: HubbubErrorCode;
  until: number | null;
}

export interface ReplyTarget {
  seq: number;
  name: string;
  text: string;
}

/** As much of the room's session as writing needs. */
export interface ComposerRoom {
  send: (draft: Omit<Draft, 'key'>) => OutgoingMessage | null;
  readonly you: { get: () => RoomSelf };
  readonly waitUntil: { get: () => number };
  readonly outgoing: { readonly rows: { get: () => readonly OutgoingRow[] } };
  localTime: (gatewayTime: number) => number;
  readonly user: { get: () => { id: string } | null };
}

export type SubmitResult = 'sent' | 'sign-in' | 'refused' | 'empty';

/** What a person would count, near enough: Unicode code points, as the gateway counts them. */
export function countChars(text: string): number {
  return Array.from(text.normalize('NFC')).length;
}

/** What is being written, and why it could not be sent; outside React, so that menus and bullets can write into it. */
export class ComposerStore {
  readonly text = new ValueStore('');
  readonly replyTo = new ValueStore<ReplyTarget | null>(null);
  readonly refused = new ValueStore<RefusedReason | null>(null);
  #focus: () => void = () => undefined;

  constructor(
    private readonly room: ComposerRoom,
    private readonly now: () => number = Date.now,
  ) {}

  /** The input gives what puts the caret into it, and takes it away when it goes. */
  setFocus(focus: () => void): () => void {
    this.#focus = focus;
    return () => {
      this.#focus = () => undefined;
    };
  }

  write(text: string): void {
    this.text.set(text);
    const { code, until } = this.refused.get() ?? {};
    // A reason about the text is gone with the text; one about the time stays until the time has come.
    if (code !== undefined && (until === undefined || until === null)) this.refused.set(null);
  }

  mention(name: string): void {
    const text = this.text.get();
    this.write(`${text}${text === '' || text.endsWith(' ') ? '' : ' '}@${name} `);
    this.#focus();
  }

  reply(target: ReplyTarget): void {
    this.replyTo.set(target);
    this.#focus();
  }

  /** Sends what is written; keeps it and says why where that is not possible. */
  submit(danmaku: DanmakuStyle | null): SubmitResult {
    const text = this.text.get().trim();
    if (text === '') return 'empty';
    const result = this.sendText(text, danmaku, this.replyTo.get()?.seq);
    if (result === 'sent') {
      this.text.set('');
      this.replyTo.set(null);
    }
    return result;
  }

  /** Sends a text that was not written here: one more of a bullet that was clicked. */
  sendText(text: string, danmaku: DanmakuStyle | null, replyTo?: number): SubmitResult {
    if (countChars(text) > LIMITS.textChars) return this.#refuse('too_long', null);
    if (this.room.user.get() === null) return 'sign-in';
    const { mutedUntil } = this.room.you.get();
    const silentUntil = mutedUntil === null ? 0 : this.room.localTime(mutedUntil);
    if (silentUntil > this.now()) return this.#refuse('muted', silentUntil);
    const waitUntil = this.room.waitUntil.get();
    if (waitUntil > this.now()) return this.#refuse('slow_mode', waitUntil);
    this.#discardFailed(text);
    const message = this.room.send({
      text,
      ...(danmaku === null ? {} : { danmaku }),
      ...(replyTo === undefined ? {} : { replyTo }),
    });
    if (message === null) return this.#refuse('disconnected', null);
    this.refused.set(null);
    message.done.catch(() => {
      this.#takeBack(message);
    });
    return 'sent';
  }

  #refuse(code: HubbubErrorCode, until: number | null): 'refused' {
    this.refused.set({ code, until });
    return 'refused';
  }

  /** What the gateway did not take stands in the input again, if nothing else has been begun there. */
  #takeBack({ text, error }: OutgoingMessage): void {
    if (error === undefined || error.code === 'discarded' || error.code === 'closed') return;
    if (this.text.get() === '') this.text.set(text);
    const { mutedUntil } = this.room.you.get();
    const silentUntil =
      error.code === 'muted' && mutedUntil !== null ? this.room.localTime(mutedUntil) : null;
    const wait = error.retryAfterMs;
    this.#refuse(error.code, wait === undefined ? silentUntil : this.now() + wait);
  }

  /** The same text sent once more replaces the row of the failed attempt. */
  #discardFailed(text: string): void {
    for (const row of this.room.outgoing.rows.get()) {
      if (row.status === 'failed' && row.text === text) row.message.discard();
    }
  }
}
