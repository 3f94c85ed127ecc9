import { Counter, Gauge, Registry } from 'prom-client';

/** What is counted of an app, under Soketi's names. */
const GAUGES = { connected: 'The number of currently connected sockets.' } as const;
const COUNTERS = {
  new_connections_total: 'Total amount of connection requests.',
  new_disconnections_total: 'Total amount of disconnections.',
  socket_received_bytes: 'Total amount of bytes received from sockets.',
  socket_transmitted_bytes: 'Total amount of bytes given to sockets.',
  ws_messages_received_total: 'Total amount of messages received from sockets.',
  ws_messages_sent_total: 'Total amount of messages given to sockets.',
  http_received_bytes: 'Total amount of bytes received by the HTTP API.',
  http_transmitted_bytes: 'Total amount of bytes sent back by the HTTP API.',
  http_calls_received_total: 'Total amount of calls of the HTTP API.',
} as const;

type Counted = keyof typeof GAUGES | keyof typeof COUNTERS;
type Tally = Record<Counted, number>;

function createTally(): Tally {
  const names = [...Object.keys(GAUGES), ...Object.keys(COUNTERS)] as Counted[];
  return Object.fromEntries(names.map((name) => [name, 0])) as Tally;
}

/**
 * What this gateway tells of each app, in the form of Prometheus and under Soketi's names, so that its dashboards go on. Counting
 * is an addition; labels and registries are touched only when somebody reads.
 */
export class PusherMetrics {
  readonly registry = new Registry();
  readonly #tallies = new Map<string, Tally>();

  /** `port`: where this gateway listens, a label of every line. */
  constructor(prefix: string, port: number) {
    const labelNames = ['app_id', 'port'] as const;
    const registers = [this.registry];
    const tallies = this.#tallies;
    const set = (name: Counted, write: (labels: Labels, value: number) => void) => {
      for (const [app, tally] of tallies) write({ app_id: app, port }, tally[name]);
    };
    for (const [name, help] of Object.entries(GAUGES) as [keyof typeof GAUGES, string][]) {
      new Gauge({
        name: `${prefix}${name}`,
        help,
        labelNames,
        registers,
        collect() {
          set(name, (labels, value) => {
            this.set(labels, value);
          });
        },
      });
    }
    for (const [name, help] of Object.entries(COUNTERS) as [keyof typeof COUNTERS, string][]) {
      new Counter({
        name: `${prefix}${name}`,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          set(name, (labels, value) => {
            this.inc(labels, value);
          });
        },
      });
    }
  }

  /** A socket has connected. */
  connected(app: string): void {
    const tally = this.#tallyOf(app);
    tally.connected++;
    tally.new_connections_total++;
  }

  /** A socket that has connected is gone. */
  disconnected(app: string): void {
    const tally = this.#tallyOf(app);
    tally.connected--;
    tally.new_disconnections_total++;
  }

  /** One message of a socket. */
  received(app: string, bytes: number): void {
    const tally = this.#tallyOf(app);
    tally.ws_messages_received_total++;
    tally.socket_received_bytes += bytes;
  }

  /** Messages times sockets: once for a flush, not for each socket. */
  sent(app: string, messages: number, bytes: number): void {
    const tally = this.#tallyOf(app);
    tally.ws_messages_sent_total += messages;
    tally.socket_transmitted_bytes += bytes;
  }

  /** A call of the HTTP API, by the sizes of its bodies. */
  called(app: string, receivedBytes: number, transmittedBytes: number): void {
    const tally = this.#tallyOf(app);
    tally.http_calls_received_total++;
    tally.http_received_bytes += receivedBytes;
    tally.http_transmitted_bytes += transmittedBytes;
  }

  #tallyOf(app: string): Tally {
    let tally = this.#tallies.get(app);
    if (!tally) this.#tallies.set(app, (tally = createTally()));
    return tally;
  }
}

interface Labels {
  app_id: string;
  port: number;
}
