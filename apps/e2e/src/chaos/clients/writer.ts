import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../testing/random';
import type { SdkClient } from './sdk-client';

/** Between two messages of one writer, on average. */
const EVERY_MS = 300;
const WORDS = ['弹幕', 'hello', 'gg', '🚀🚀', 'naïve', '"quoted"', "it's", '<b>', 'again?'];

export interface WriterOptions {
  name: string;
  room: string;
  /** Two connections of one user, at different doors. */
  clients: readonly [SdkClient, SdkClient];
  random: Random;
}

/**
 * Somebody who talks: each message after the one before is committed. By the dice a message goes through the one connection, the
 * other, or both at a time under one key; and some are sent once more when they are long committed.
 */
export class Writer {
  private isOver = false;

  constructor(private readonly options: WriterOptions) {}

  async talk(): Promise<void> {
    const { name, room, clients, random } = this.options;
    const [first, second] = clients;
    for (let n = 1; !this.isOver; n++) {
      const key = `${name}-${String(n).padStart(6, '0')}`;
      const text = `${name} ${String(n)} ${random.one(WORDS)}`;
      const dice = random.below(20);
      const by = dice < 2 ? [first, second] : [dice < 11 ? first : second];
      await Promise.all(by.map((it) => it.say(room, key, text)));
      if (dice === 19) await first.say(room, key, text);
      await delay(EVERY_MS * (0.5 + random.next()));
    }
  }

  stop(): void {
    this.isOver = true;
  }
}
