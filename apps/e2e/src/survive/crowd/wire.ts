import { z } from 'zod';

/** What the crowd is asked for. One thing at a time; each is answered with its result. */
export const Command = z.discriminatedUnion('do', [
  /** Viewer `i` goes to the door and to the room `i` modulo their number. Answered when all have joined. */
  z.object({
    do: z.literal('open'),
    doors: z.array(z.string()).min(1),
    rooms: z.array(z.string()).min(1),
    viewers: z.int().min(1),
    perSecond: z.int().min(1),
  }),
  /** What was observed before counts no more. */
  z.object({ do: z.literal('begin') }),
  /** Where they are now, and how many have everything up to these heads. */
  z.object({ do: z.literal('look'), heads: z.record(z.string(), z.int()) }),
  /** What they have observed. */
  z.object({ do: z.literal('tell') }),
  z.object({ do: z.literal('close') }),
]);
export type Command = z.infer<typeof Command>;

export const Looked = z.object({
  joined: z.int(),
  /** Joined and not behind the heads that were named. */
  upToDate: z.int(),
  /** Open connections by the gateway's id. */
  gateways: z.record(z.string(), z.int()),
  /** Joined viewers by room. */
  rooms: z.record(z.string(), z.int()),
});
export type Looked = z.infer<typeof Looked>;

/** In ms; null where none was taken. */
const Latency = z.object({
  count: z.int(),
  p50: z.number().nullable(),
  p99: z.number().nullable(),
  max: z.number().nullable(),
});

export const Told = z.object({
  /** From the loss of a connection to the room's being joined again, in ms. */
  aways: z.array(z.number()),
  /** Connections that were lost, by why. */
  losses: z.record(z.string(), z.int()),
  /** Attempts to come back that came to nothing, by why. */
  failures: z.record(z.string(), z.int()),
  /** By the gateway's id: when it has welcomed somebody, in ms since `begin`. */
  welcomes: z.record(z.string(), z.array(z.number())),
  /** From just before an entry's commit until it was seen by who was there all the while. */
  seen: Latency,
  /** Entries that a viewer was told it is not given. */
  omitted: z.int(),
  /** What breaks the order: holes, repeats, another text under the same number, over their whole life. */
  problems: z.array(z.string()),
  /** By room: the text under each number, as everybody saw it. */
  texts: z.record(z.string(), z.array(z.tuple([z.int(), z.string()]))),
  /** Of the time since `begin`: what the crowd itself took of a core, and how long it had work and no core. */
  cpuShare: z.number(),
  waitShare: z.number(),
  /** The longest that its event loop was late, in ms. */
  lateMs: z.number(),
});
export type Told = z.infer<typeof Told>;
