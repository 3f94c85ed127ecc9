import type { OutgoingMessage } from '@hubbub/client';
import type { MessageEntry } from '@hubbub/protocol';
import { ValueStore } from '../value-store';

/** How an own message that is not in the list yet is shown. A new object for each change, for React to see it. */
export interface OutgoingRow {
  key: string;
  text: string;
  createdAt: number;
  status: OutgoingMessage['status'];
  error: OutgoingMessage['error'];
  message: OutgoingMessage;
}

/**
 * Own messages from the moment that they are written until their entry is in the list: shown once, whichever of the
 * acknowledgement and the entry comes first.
 */
export class OutgoingList {
  readonly rows = new ValueStore<readonly OutgoingRow[]>([]);
  readonly #messages = new Map<string, OutgoingMessage>();
  /** Keys whose entry has come before the acknowledgement. */
  readonly #claimed = new Set<string>();
  /** What was acknowledged, by its place in the log. */
  readonly #sent = new Map<number, string>();

  update(outbox: readonly OutgoingMessage[], changed?: OutgoingMessage): void {
    for (const message of outbox) this.#messages.set(message.key, message);
    if (changed !== undefined && !outbox.includes(changed)) this.#settle(changed);
    this.#publish();
  }

  /** The key of the own message that an entry of the caller is, where it was written here; it is shown no more. */
  claim(entry: MessageEntry): string | undefined {
    const key = this.#sent.get(entry.seq) ?? this.#unacknowledged(entry.text);
    if (key === undefined) return undefined;
    if (!this.#sent.delete(entry.seq)) this.#claimed.add(key);
    else this.#messages.delete(key);
    this.#publish();
    return key;
  }

  /** The log is past `seq`: what was acknowledged up to there is in the list, or a gap stands for it. */
  passed(seq: number): void {
    const past = [...this.#sent].filter(([at]) => at <= seq);
    if (past.length === 0) return;
    for (const [at, key] of past) {
      this.#sent.delete(at);
      this.#messages.delete(key);
    }
    this.#publish();
  }

  /** Another connection has another outbox. */
  reset(): void {
    this.#messages.clear();
    this.#claimed.clear();
    this.#sent.clear();
    this.#publish();
  }

  #settle(message: OutgoingMessage): void {
    const { key, seq, status } = message;
    if (status !== 'sent' || seq === undefined || this.#claimed.delete(key)) {
      this.#messages.delete(key);
      return;
    }
    this.#messages.set(key, message);
    this.#sent.set(seq, key);
  }

  #unacknowledged(text: string): string | undefined {
    for (const { key, text: own, status } of this.#messages.values()) {
      if (status === 'sending' && !this.#claimed.has(key) && own === text) return key;
    }
    return undefined;
  }

  #publish(): void {
    const rows: OutgoingRow[] = [];
    for (const message of this.#messages.values()) {
      const { key, text, createdAt, status, error } = message;
      if (this.#claimed.has(key) && status !== 'failed') continue;
      rows.push({ key, text, createdAt, status, error, message });
    }
    this.rows.set(rows);
  }
}
