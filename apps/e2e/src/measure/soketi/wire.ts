import { z } from 'zod';

/** The app that both servers have. */
export const APP = { id: 'app-id', key: 'app-key', secret: 'app-secret' };
export const CHANNEL = 'measure';
const EVENT = 'message';

/** As digits of one width: every event is as long as any other, so that a frame's length tells what it is. */
const CLOCK_DIGITS = 14;
const DATA_BYTES = 100;

/** What is published: the time at which it was due, in an event with some 100 bytes of data. */
export function eventAt(ms: number): { name: string; channel: string; data: string } {
  const at = ms.toFixed(3).padStart(CLOCK_DIGITS, '0');
  const data = JSON.stringify({ at, text: '' });
  return {
    name: EVENT,
    channel: CHANNEL,
    data: JSON.stringify({ at, text: 'x'.repeat(DATA_BYTES - data.length) }),
  };
}

/** The time that was given to `eventAt`, from the text of a delivery. */
export function timeIn(delivery: string): number {
  return Number(/"at\\":\\"([0-9.]+)/.exec(delivery)?.[1]);
}

/** Bytes of the message that a subscriber gets for an event; nothing else that a server says is as long. */
export const DELIVERY_BYTES = JSON.stringify({
  event: EVENT,
  channel: CHANNEL,
  data: eventAt(0).data,
}).length;

/** What the generator of load is asked for. One thing at a time; each is answered with its result. */
export const Command = z.discriminatedUnion('do', [
  /** Connects and subscribes as fast as the servers let it, by turns to each port. */
  z.object({ do: z.literal('connect'), ports: z.array(z.int()), count: z.int() }),
  /** Closes all subscribers but the first `count`. */
  z.object({ do: z.literal('keep'), count: z.int() }),
  /** Publishes to the ports by turns, and waits for what comes of it. */
  z.object({ do: z.literal('publish'), perSecond: z.int(), seconds: z.int() }),
]);
export type Command = z.infer<typeof Command>;

export const Connected = z.object({ tookMs: z.number(), cpuMs: z.number() });

export const Published = z.object({
  published: z.int(),
  /** What the servers said instead of 200, and how often. */
  refused: z.record(z.string(), z.int()),
  /** Events that have arrived, at all subscribers together. */
  deliveries: z.int(),
  expected: z.int(),
  /** Subscribers that the servers have closed. */
  closed: z.int(),
  /** From when an event was due to when a subscriber had it, in ms. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** The generator's own. */
  cpuMs: z.number(),
  /** From when the first event was due to when the last delivery was counted. */
  tookMs: z.number(),
});
export type Published = z.infer<typeof Published>;

/** A command's result, or why there is none. */
export const Answer = z.union([z.object({ result: z.unknown() }), z.object({ error: z.string() })]);
