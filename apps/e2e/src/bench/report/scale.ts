import type { FigureName } from '../cases/figures';
import type { Facts } from '../simulations/simulation';
import { figureOf, type Summary } from './summary';

/** What one of everything costs, as this run has measured it. CPU in µs. */
interface Costs {
  /** Of a gateway, for one write of a busy room's window to one viewer. */
  write: number;
  /** Windows a second in a busy room. */
  windows: number;
  /** Of a gateway, for one delivery in a quiet room: that is one write too. */
  quietDelivery: number;
  /** Of all gateways, for one message that is taken, kept and told to the others. */
  message: number;
  messageOfMany: number;
  /** Of the database, for one message. */
  row: number;
  rowOfMany: number;
  connect: number;
  /** Of a gateway, for one idle connection each second. */
  idle: number;
  /** Bytes. */
  connection: number;
  delivery: number;
  /** Acknowledged a second on this machine, all processes and the load on it. */
  oneRoom: number;
  manyRooms: number;
  facts: Facts;
}

/** A gateway is to have this share of its core to spare. */
const FULL = 0.6;
const MICROS = 1_000_000;
const BUDGET = 40;
/** A room commits one batch at a time, and its lock passes from gateway to gateway: so many a second at most. */
const BATCHES = 1_000;
const RELAYS = 10;

const CROWD = { viewers: 1_000_000, messages: 5_000 };
const TOWN = { rooms: 100_000, viewers: 10, everySeconds: 10 };

export interface Reckoning {
  title: string;
  rows: [what: string, amount: string, how: string][];
}

/** What one room of a million and 100,000 small rooms would take, by the costs of this run; nothing where some were not measured. */
export function scale(summary: Summary): Reckoning[] {
  const costs = costsOf(summary);
  return costs === null ? [] : [unitCosts(costs), crowd(costs), town(costs)];
}

function costsOf(summary: Summary): Costs | null {
  const get = (asked: string, figure: FigureName) =>
    figureOf(summary, { asked, system: 'hubbub', figure }) ?? NaN;
  const perFrame = get('wire', 'perFrame');
  const message = get('ingest', 'serverCpuPerMessage');
  const costs = {
    // Without what the messages in it have cost to take and keep, which is no matter of viewers.
    write: (get('wire', 'cpuPerDelivery') - message / summary.sizes.viewers) * perFrame,
    windows: 200 / perFrame,
    quietDelivery: get('rooms', 'cpuPerDelivery'),
    message,
    messageOfMany: get('ingest-rooms', 'serverCpuPerMessage'),
    row: get('ingest', 'databaseCpuPerMessage'),
    rowOfMany: get('ingest-rooms', 'databaseCpuPerMessage'),
    connect: get('connect', 'cpuPerConnect'),
    idle: ((get('idle', 'serverCore') / 100) * MICROS) / summary.sizes.idle,
    connection: get('idle', 'bytesPerConnection'),
    delivery: get('wire', 'bytesPerDelivery'),
    oneRoom: get('ingest', 'acknowledgedPerSecond'),
    manyRooms: get('ingest-rooms', 'acknowledgedPerSecond'),
  };
  if (Object.values(costs).some(Number.isNaN)) return null;
  const facts = Object.assign({}, ...summary.simulations.map((it) => it.facts)) as Facts;
  return { ...costs, facts };
}

function unitCosts(costs: Costs): Reckoning {
  const { facts } = costs;
  const redis: Reckoning['rows'] =
    facts.redisPerSubscriber === undefined
      ? []
      : [
          [
            'Redis CPU, one publication',
            `${micros(facts.redisPerSubscriber)} × gateways`,
            'that have viewers of the room; `model-redis`',
          ],
        ];
  return {
    title: 'What one of each costs',
    rows: [
      [
        'gateway CPU, one write to one viewer',
        micros(costs.write),
        `a window of a busy room, compressed, with its share of making it; ${count(costs.windows)} a second: \`wire\``,
      ],
      [
        'gateway CPU, one delivery in a small room',
        micros(costs.quietDelivery),
        'each message by itself to 10 viewers, with its commit: `rooms`',
      ],
      [
        'all gateways’ CPU, one message',
        `${micros(costs.message)}; ${micros(costs.messageOfMany)} over 1,000 rooms`,
        'received, checked, committed, answered, told to two others: `ingest`, `ingest-rooms`',
      ],
      [
        'database CPU, one message',
        `${micros(costs.row)}; ${micros(costs.rowOfMany)} over 1,000 rooms`,
        'batched, each commit flushed: the same',
      ],
      ...redis,
      [
        'gateway CPU, one connection',
        `${micros(costs.connect)} to connect and join, ${micros(costs.idle)} a second idle`,
        '`connect`, `idle`',
      ],
      ['memory, one connection', `${count(costs.connection)} B`, '`idle`'],
      ['on the wire, one delivery', `${costs.delivery.toFixed(1)} B`, 'compressed: `wire`'],
    ],
  };
}

function crowd(costs: Costs): Reckoning {
  const { viewers, messages } = CROWD;
  // Each gateway takes all messages of the room; what that costs is at most a third of what three gateways do for one.
  const heard = messages * (costs.message / 3);
  const perViewer = costs.windows * costs.write + costs.idle;
  const viewersEach = Math.max(1, (FULL * MICROS - heard) / perViewer);
  const gateways = Math.ceil(viewers / viewersEach);
  const { redisPerSubscriber, redisPerReplica } = costs.facts;
  const redis: Reckoning['rows'] =
    redisPerSubscriber === undefined || redisPerReplica === undefined
      ? []
      : [
          [
            'Redis',
            cores(BATCHES * gateways * redisPerSubscriber),
            `at most ${count(BATCHES)} publications a second (one for each batch) × ${count(gateways)} gateways × ${micros(redisPerSubscriber)}`,
          ],
          [
            'Redis with a tier of relays',
            `${cores(BATCHES * RELAYS * redisPerReplica)} at the root, ${cores((BATCHES * gateways * redisPerSubscriber) / RELAYS)} at each relay`,
            `${String(RELAYS)} replicas, to which the gateways subscribe`,
          ],
        ];
  return {
    title: `One room of ${count(viewers)} viewers, ${count(messages)} messages a second, of which each viewer is given ${String(BUDGET)}`,
    rows: [
      [
        'gateways',
        count(gateways),
        `of one core, ${percent(FULL)} used: ${count(viewersEach)} viewers each; ${count(costs.windows)} windows a second × ${micros(costs.write)}, and ${percent(heard / MICROS)} of the core to hear all messages`,
      ],
      [
        'memory of each',
        megabytes(viewersEach * costs.connection),
        `${count(costs.connection)} B × viewers, beside some 150 MB of its own`,
      ],
      [
        'to the viewers',
        `${((viewers * BUDGET * costs.delivery * 8) / 1e9).toFixed(1)} Gbit/s`,
        `${String(BUDGET)} × ${costs.delivery.toFixed(0)} B a second each`,
      ],
      [
        'MySQL',
        cores(messages * costs.row),
        `one room is one row that everybody locks: ${count(costs.oneRoom)} a second are measured here, ${(costs.oneRoom / messages).toFixed(1)} × what this needs`,
      ],
      [
        'a send waits for the row',
        `${count((gateways / BATCHES) * 1_000)} ms`,
        `where all gateways have senders: each commits by itself, ${count(BATCHES)} commits a second in all`,
      ],
      ...redis,
      [
        'all come within a minute',
        percent((viewers * costs.connect) / gateways / MICROS / 60),
        `of each gateway's core for that minute: ${count(viewers / gateways / 60)} a second each`,
      ],
    ],
  };
}

function town(costs: Costs): Reckoning {
  const { rooms, viewers, everySeconds } = TOWN;
  const people = rooms * viewers;
  const messages = rooms / everySeconds;
  const busy =
    messages * viewers * costs.quietDelivery + messages * costs.messageOfMany + people * costs.idle;
  const gateways = Math.max(1, Math.ceil(busy / (FULL * MICROS)));
  const each = Math.min(viewers, gateways);
  const { redisPerSubscriber, logSpread } = costs.facts;
  const redis: Reckoning['rows'] =
    redisPerSubscriber === undefined
      ? []
      : [
          [
            'Redis',
            cores(messages * each * redisPerSubscriber),
            `${count(messages)} publications a second × ${count(each)} gateways that have viewers of the room × ${micros(redisPerSubscriber)}`,
          ],
        ];
  const spread =
    logSpread === undefined
      ? ''
      : `; over 100,000 rooms it takes ${logSpread.toFixed(2)} × as many as over 1,000 (\`model-log\`)`;
  return {
    title: `${count(rooms)} rooms of ${String(viewers)} viewers, a message each ${String(everySeconds)} s in each: ${count(messages)} messages and ${count(messages * viewers)} deliveries a second`,
    rows: [
      ['gateways', count(gateways), `of one core, ${percent(FULL)} used: ${cores(busy)} in all`],
      [
        'memory of each',
        megabytes((people / gateways) * costs.connection),
        `${count(people / gateways)} connections`,
      ],
      [
        'MySQL',
        cores(messages * costs.rowOfMany),
        `${count(costs.manyRooms)} a second are measured here, with everything else on the same two cores${spread}`,
      ],
      ...redis,
      [
        'subscriptions in Redis',
        count(rooms * each),
        'a room’s channel is subscribed to by each gateway that has a viewer of it',
      ],
    ],
  };
}

function micros(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} µs`;
}

function cores(microsASecond: number): string {
  return `${(microsASecond / MICROS).toFixed(2)} cores`;
}

function megabytes(bytes: number): string {
  return `${count(bytes / 1e6)} MB`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function count(value: number): string {
  return new Intl.NumberFormat('en', { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
