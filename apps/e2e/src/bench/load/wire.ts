import { z } from 'zod';

/** The protocols that the generator of load speaks. */
export const DialectName = z.enum(['room', 'pusher', 'socket.io', 'plain']);
export type DialectName = z.infer<typeof DialectName>;

/** The app that servers of the Pusher protocol are to have. */
export const PUSHER_APP = { id: 'app-id', key: 'app-key', secret: 'app-secret' };

/** What is put under load. */
export const Target = z.object({
  dialect: DialectName,
  /** On 127.0.0.1. Connections go to them by turns, also those of one room. */
  ports: z.array(z.int()).min(1),
  /** Where those who send are to connect to others than those who view. */
  senderPorts: z.array(z.int()).min(1).optional(),
  /** Viewer `i` is in room `i` mod their number; message `i` goes to the same. */
  rooms: z.array(z.string()).min(1),
  /** For the sender `i`; empty where senders need none. With fewer senders than rooms, one is in several rooms. */
  tokens: z.array(z.string()),
  /** Whether viewers offer permessage-deflate. */
  isCompressed: z.boolean(),
});
export type Target = z.infer<typeof Target>;

/** What the generator is asked for. One thing at a time; each is answered with its result. */
export const Command = z.discriminatedUnion('do', [
  /**
   * Connects and joins viewers as fast as the servers let it, until there are so many; closes those that are too many, and those of
   * another target.
   */
  z.object({ do: z.literal('view'), target: Target, viewers: z.int().min(0) }),
  /**
   * Sends by the clock, by turns over the rooms; then waits for what comes of it. Where less comes than is expected, the viewers are
   * closed: what is late would be counted with what is sent next.
   */
  z.object({
    do: z.literal('send'),
    target: Target,
    senders: z.int().min(1),
    /** Whether all senders of a room send as much; else some send more than others, as people do. */
    isEven: z.boolean().optional(),
    /** Over all rooms together. */
    perSecond: z.int().min(1),
    seconds: z.number(),
    /** After the last was due; what is not here by then counts as not delivered. */
    patienceSeconds: z.number(),
  }),
  /** Each of the senders keeps so many unacknowledged, and sends the next when one is answered. Only where sends are answered. */
  z.object({
    do: z.literal('flood'),
    target: Target,
    senders: z.int().min(1),
    inFlight: z.int().min(1),
    seconds: z.number(),
  }),
  /** Closes everything. */
  z.object({ do: z.literal('close') }),
]);
export type Command = z.infer<typeof Command>;

/** In ms; `count` of them were taken. NaN is not JSON: null where none was taken. */
export const Latency = z.object({
  count: z.int(),
  p50: z.number().nullable(),
  p99: z.number().nullable(),
  max: z.number().nullable(),
});
export type Latency = z.infer<typeof Latency>;

export const Viewed = z.object({
  /** Connected and joined by this command. */
  opened: z.int(),
  tookMs: z.number(),
  /** The generator's own. */
  cpuMs: z.number(),
});
export type Viewed = z.infer<typeof Viewed>;

export const Sent = z.object({
  sent: z.int(),
  /** Where sends are answered (else 0). */
  acknowledged: z.int(),
  /** What was said instead of ok, and how often. */
  refused: z.record(z.string(), z.int()),
  /** Messages that arrived, at all viewers together; senders' own connections are not counted. */
  deliveries: z.int(),
  /** Messages times the viewers of their rooms. */
  expected: z.int(),
  /** Of those expected, what the server says that it left out. */
  omitted: z.int(),
  /** Viewers that the servers have closed. */
  closed: z.int(),
  /** What no server may do, and how often: ranges of a log that do not join, an entry more or less than a range has. */
  wrong: z.record(z.string(), z.int()),
  /** What carried messages to viewers: WebSocket frames, and their bytes with their headers. */
  frames: z.int(),
  bytes: z.number(),
  /** From when a message was due to when a viewer had it (a sample of the viewers reads at once). */
  seen: Latency,
  /** From when a message was due to its ok. */
  acked: Latency,
  /** The generator's own. */
  cpuMs: z.number(),
  /** From when the first message was due to when the last delivery was counted. */
  tookMs: z.number(),
});
export type Sent = z.infer<typeof Sent>;

export const Flooded = z.object({
  acknowledged: z.int(),
  refused: z.record(z.string(), z.int()),
  acked: Latency,
  cpuMs: z.number(),
  tookMs: z.number(),
});
export type Flooded = z.infer<typeof Flooded>;
