import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { untilBeat } from '../beat';
import type { Seat, Transition } from './occupancy';
import type { TransitionQueue } from './occupancy-consumer';
import { HOLD_MS, QUEUED_TRANSITIONS, RECOUNT_MS } from './occupancy-changes';

/** How often it is looked whether something is due. */
const LOOK_MS = 500;

/** What comes, and what takes it back. */
const LEAVE_OF = {
  channel_occupied: 'channel_vacated',
  member_added: 'member_removed',
} as const;
type Coming = keyof typeof LEAVE_OF;

/** The transitions of a gateway that is alone: leaves are held back, whoever comes back within that time was never away. */
export class LocalOccupancyTransitions {
  readonly #life = randomUUID();
  /** By what they are the leave of; the first to fall due comes first. */
  readonly #held = new Map<string, Transition>();
  /** Channels whose subscriptions have changed, and when that is told. */
  readonly #recounts = new Map<string, { app: string; channel: string; due: number }>();
  readonly #queue: Transition[] = [];
  readonly #subscriptions: (app: string, channel: string) => number;
  #consumer: TransitionQueue | undefined;
  #last = 0;

  constructor(subscriptions: (app: string, channel: string) => number) {
    this.#subscriptions = subscriptions;
  }

  come(kind: Coming, seat: Seat): void {
    if (!this.#held.delete(keyOf(kind, seat))) this.#push({ ...placeOf(kind, seat), kind });
  }

  go(kind: Coming, seat: Seat): void {
    const leave = { ...placeOf(kind, seat), kind: LEAVE_OF[kind], id: '', at: Date.now() };
    this.#held.set(keyOf(kind, seat), leave);
  }

  /** Whether there is something that was not handled yet, besides what is held back. */
  get isPending(): boolean {
    return this.#queue.length > 0;
  }

  /** Holds nothing back any more. */
  letGo(): void {
    for (const leave of this.#held.values()) this.#push(leave);
    this.#held.clear();
    this.#recounts.clear();
  }

  recount({ app, channel }: Seat): void {
    const key = JSON.stringify([app, channel]);
    if (this.#recounts.has(key)) return;
    this.#recounts.set(key, { app, channel, due: Date.now() + RECOUNT_MS });
  }

  /** The queue as one of those who consume sees it. */
  open(): TransitionQueue {
    const queue: TransitionQueue = {
      peek: () => {
        this.#consumer ??= queue;
        if (this.#consumer !== queue) return Promise.resolve(null);
        this.#gatherDue();
        return Promise.resolve(this.#queue.slice(0, 200));
      },
      done: (batch) => {
        const last = batch.at(-1);
        this.#queue.splice(0, this.#queue.findIndex(({ id }) => id === last?.id) + 1);
        return Promise.resolve();
      },
      untilNews: (signal) =>
        delay(untilBeat(LOOK_MS), undefined, { signal }).catch(() => undefined),
      release: () => {
        if (this.#consumer === queue) this.#consumer = undefined;
        return Promise.resolve();
      },
    };
    return queue;
  }

  #gatherDue(): void {
    const now = Date.now();
    for (const [key, leave] of this.#held) {
      if (leave.at + HOLD_MS > now) break;
      this.#held.delete(key);
      this.#push(leave);
    }
    for (const [key, { app, channel, due }] of this.#recounts) {
      if (due > now) break;
      this.#recounts.delete(key);
      const subscriptions = this.#subscriptions(app, channel);
      this.#push({ kind: 'subscription_count', app, channel, subscriptions });
    }
  }

  #push(transition: Omit<Transition, 'id' | 'at'> & { at?: number }): void {
    const id = `${this.#life}/${String(++this.#last)}`;
    this.#queue.push({ at: Date.now(), ...transition, id });
    if (this.#queue.length > QUEUED_TRANSITIONS) this.#queue.shift();
  }
}

function placeOf(kind: Coming, { app, channel, member }: Seat) {
  return kind === 'member_added' && member ? { app, channel, user: member.id } : { app, channel };
}

function keyOf(kind: Coming, seat: Seat): string {
  const { app, channel, user } = { user: null, ...placeOf(kind, seat) };
  return JSON.stringify([app, channel, user]);
}
