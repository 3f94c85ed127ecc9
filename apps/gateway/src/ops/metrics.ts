import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { Tally } from './tally';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const ENTRIES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Never: how long the event loop is held up `LoopStalls` says, which does not wake an idle gateway all the time. */
const NODE_LAG_GRAIN_MS = 2 ** 31 - 1;
const OF_NODE_LAG = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (it) => `nodejs_eventloop_lag_${it}_seconds`,
);
/** To collect these, Node makes an array of all sockets each time: a scrape would hold the event loop the longer the more there are. */
const OF_EACH_HANDLE = [
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
];

/** Every number that this gateway tells of itself, in the form of Prometheus. */
export class Metrics {
  readonly registry = new Registry();

  /** WebSockets that are open now. */
  readonly connections: Gauge;
  /** WebSockets that were closed, by close code. */
  readonly closes: Counter<'code'>;
  /** Upgrades that were refused, by HTTP status. */
  readonly upgradesRefused: Counter<'status'>;
  /** Times that somebody was refused something for having too much of it, by what it was. */
  readonly limited: Counter<'limit'>;
  readonly joins: Counter;
  /** Frames that came in, by event (`unknown` for what is none) and outcome (`ok` or the error's code). */
  readonly framesIn: Tally;
  /** Entries that this gateway has committed. */
  readonly entriesCommitted: Counter;
  readonly commitEntries: Histogram;
  /** Entries that were refused at once, because the database is behind or away. */
  readonly appendsRefused: Counter;
  /** Between a send's arrival and its `ok`. */
  readonly sendSeconds: Histogram;
  /** One flush of a room's outbox. */
  readonly flushSeconds: Histogram;
  /** Entries times connections. */
  readonly deliveries: Counter;
  /** Entries times connections that were left out: slow viewers, and budgets. */
  readonly omitted: Counter;
  readonly bytesOut: Counter;
  /** Events of Pusher channels that were encoded here: once each, however many get them. */
  readonly channelEncodings: Counter;
  /** Events times connections. */
  readonly channelDeliveries: Counter;
  /** What the bus has brought of Pusher channels. */
  readonly channelPayloads: Counter;
  /** From the stream of messages from elsewhere, by kind of target: between being put there and being delivered. */
  readonly ingressSeconds: Histogram<'target'>;
  readonly ingressDead: Counter;
  /** Events for webhooks, by what has become of them. */
  readonly webhookEvents: Counter<'outcome'>;
  /** REST, by method, route pattern and status. */
  readonly httpSeconds: Histogram<'method' | 'route' | 'status'>;
  /** 1 or 0. */
  readonly redisUp: Gauge;
  readonly databaseUp: Gauge;

  /** `gateway` labels every line. */
  constructor(gateway: string) {
    this.registry.setDefaultLabels({ gateway });
    collectDefaultMetrics({
      register: this.registry,
      eventLoopMonitoringPrecision: NODE_LAG_GRAIN_MS,
    });
    for (const name of [...OF_NODE_LAG, ...OF_EACH_HANDLE]) this.registry.removeSingleMetric(name);
    this.connections = this.#gauge('connections', 'WebSockets that are open');
    this.closes = this.#counter('closes_total', 'WebSockets closed, by close code', ['code']);
    this.upgradesRefused = this.#counter('upgrades_refused_total', 'Upgrades refused, by status', [
      'status',
    ]);
    this.limited = this.#counter('limited_total', 'Refused as too much, by limit', ['limit']);
    this.joins = this.#counter('joins_total', 'Joins that were answered ok', []);
    this.framesIn = new Tally();
    this.#tally('frames_in_total', 'Frames received, by event and outcome', this.framesIn);
    this.entriesCommitted = this.#counter('entries_committed_total', 'Entries committed', []);
    this.commitEntries = this.#histogram('commit_entries', 'Entries in one commit', ENTRIES, []);
    this.appendsRefused = this.#counter(
      'appends_refused_total',
      'Sends refused because more came than can be taken',
      [],
    );
    this.sendSeconds = this.#histogram('send_seconds', 'From a send to its ok', SECONDS, []);
    this.flushSeconds = this.#histogram('flush_seconds', 'One flush of a room', SECONDS, []);
    this.deliveries = this.#counter('deliveries_total', 'Entries given to connections', []);
    this.omitted = this.#counter('omitted_total', 'Entries not given to connections', []);
    this.bytesOut = this.#counter('bytes_out_total', 'Bytes written to WebSockets', []);
    this.channelEncodings = this.#counter('channel_encodings_total', 'Events encoded', []);
    this.channelDeliveries = this.#counter(
      'channel_deliveries_total',
      'Events given to Pusher connections',
      [],
    );
    this.channelPayloads = this.#counter(
      'channel_payloads_total',
      'What the bus has brought of Pusher channels',
      [],
    );
    this.ingressSeconds = this.#histogram(
      'ingress_seconds',
      'From the ingress stream to delivery, by kind of target',
      SECONDS,
      ['target'],
    );
    this.ingressDead = this.#counter('ingress_dead_total', 'Messages that nobody can have', []);
    this.webhookEvents = this.#counter('webhook_events_total', 'Events for webhooks, by outcome', [
      'outcome',
    ]);
    this.httpSeconds = this.#histogram('http_seconds', 'Requests under /api', SECONDS, [
      'method',
      'route',
      'status',
    ]);
    this.redisUp = this.#gauge('redis_up', 'Whether Redis answers');
    this.databaseUp = this.#gauge('database_up', 'Whether the database answers');
  }

  /** The longest stall of the event loop since the metrics were last read. */
  watchStalls(takeLongestMs: () => number): void {
    const help = 'Longest stall of the event loop since the last time that this was read';
    this.#watch('loop_stall_seconds', help, () => takeLongestMs() / 1_000);
  }

  /** Rooms that this gateway gives out; `count` is asked each time that the metrics are read. */
  watchOpenRooms(count: () => number): void {
    this.#watch('open_rooms', 'Rooms that this gateway gives out', count);
  }

  /** How long what waits for a commit is expected to take; `seconds` is asked each time that the metrics are read. */
  watchCommitWait(seconds: () => number): void {
    this.#watch('commit_wait_seconds', 'Expected wait for a commit', seconds);
  }

  /** Pusher channels that this gateway gives out; `count` is asked each time that the metrics are read. */
  watchOpenChannels(count: () => number): void {
    this.#watch('open_channels', 'Pusher channels that this gateway gives out', count);
  }

  /** Messages on the ingress stream that this gateway is to deliver; `count` is asked each time that the metrics are read. */
  watchIngressWaiting(count: () => number): void {
    this.#watch('ingress_waiting', 'Messages that this gateway is to deliver', count);
  }

  /** Connections of the Pusher protocol; `count` is asked each time that the metrics are read. */
  watchPusherConnections(count: () => number): void {
    this.#watch('pusher_connections', 'Connections of the Pusher protocol', count);
  }

  /** Events that this gateway has to post; `count` is asked each time that the metrics are read. */
  watchPendingWebhooks(count: () => number): void {
    this.#watch('webhook_events_pending', 'Events that this gateway has to post', count);
  }

  #tally(name: string, help: string, tally: Tally): void {
    new Counter({
      name: `hubbub_${name}`,
      help,
      labelNames: ['event', 'outcome'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [event, outcome, count] of tally.counts()) this.inc({ event, outcome }, count);
      },
    });
  }

  #watch(name: string, help: string, count: () => number): void {
    new Gauge({
      name: `hubbub_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(count());
      },
    });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `hubbub_${name}`, help, registers: [this.registry] });
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `hubbub_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: L[],
  ): Histogram<L> {
    const registers = [this.registry];
    return new Histogram({ name: `hubbub_${name}`, help, buckets, labelNames, registers });
  }
}
