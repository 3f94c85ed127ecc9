import { kindOf } from '../channel-name';
import type { Channels } from '../channels';
import type { PusherApp } from '../app';
import type { ApiCall } from './api-door';
import { API_ERRORS } from './api-error';
import type { ApiRateLimits } from './api-rate-limits';
import { ChannelAttributes, type Attributes } from './channel-attributes';
import { parseBatch, parseEvent, toChannelEvents, type PublishedEvent } from './published-event';

/** Where nothing is asked for, publishing and ending are answered as Soketi does; the libraries read neither this nor Pusher's {}. */
const OK = '{"ok":true}';
const RETRY_MS = 1_000;

/** The calls of the HTTP API (https://pusher.com/docs/channels/library_auth_reference/rest-api/), each as JSON. */
export class ApiEndpoints {
  readonly #attributes: ChannelAttributes;
  readonly #channels: Channels;
  readonly #limits: ApiRateLimits;

  constructor(channels: Channels, limits: ApiRateLimits) {
    this.#attributes = new ChannelAttributes(channels);
    this.#channels = channels;
    this.#limits = limits;
  }

  /** POST /events. Answers when the bus has taken the event for all channels. */
  readonly publish = async (call: ApiCall): Promise<string> => {
    const { app } = call;
    const event = parseEvent(call.body, call.query, app);
    await this.#publishAll(call, [event]);
    if (event.info === null) return OK;
    return JSON.stringify({ channels: await this.#byChannel(app, event) });
  };

  /** POST /batch_events. */
  readonly publishBatch = async (call: ApiCall): Promise<string> => {
    const { app } = call;
    const events = parseBatch(call.body, app);
    await this.#publishAll(call, events);
    if (events.every(({ info }) => info === null)) return OK;
    const batch = await Promise.all(
      events.map(async (event) => {
        const byChannel = await this.#byChannel(app, event);
        const [first = '', ...others] = event.channels;
        // Pusher has one channel an event here; of the several that Soketi allows each is named.
        return others.length === 0 ? byChannel[first] : { channels: byChannel };
      }),
    );
    return JSON.stringify({ batch });
  };

  /** POST /users/:userId/terminate_connections. */
  readonly terminateUser = async ({ app, parameter }: ApiCall): Promise<string> => {
    await this.#channels.terminateUser(app, parameter('userId'));
    return OK;
  };

  /** GET /channels. */
  readonly listChannels = async (call: ApiCall): Promise<string> => {
    await this.#countRead(call);
    const { app, query } = call;
    const prefix = query.get('filter_by_prefix') ?? '';
    const channels = await this.#attributes.ofAll(app, prefix, infoOf(call));
    return JSON.stringify({ channels });
  };

  /** GET /channels/:channel. */
  readonly readChannel = async (call: ApiCall): Promise<string> => {
    await this.#countRead(call);
    const channel = call.parameter('channel');
    return JSON.stringify(await this.#attributes.ofChannel(call.app, channel, infoOf(call)));
  };

  /** GET /channels/:channel/users, with what is known of them where `with_user_info` is 1. */
  readonly listUsers = async (call: ApiCall): Promise<string> => {
    await this.#countRead(call);
    const channel = call.parameter('channel');
    if (!kindOf(channel).isPresence) throw API_ERRORS.notPresence();
    const roster = await this.#channels.occupancy.roster(call.app.id, channel);
    if (!roster?.isWhole) throw API_ERRORS.unavailable(RETRY_MS);
    const withInfo = call.query.get('with_user_info') === '1';
    const users = [...roster.members].map(([id, info]) => {
      const user = `{"id":${JSON.stringify(id)}`;
      return withInfo && info !== null ? `${user},"user_info":${info}}` : `${user}}`;
    });
    return `{"users":[${users.join(',')}]}`;
  };

  /** Handed over in the order that they are in: so they arrive in each channel. */
  async #publishAll(call: ApiCall, events: PublishedEvent[]): Promise<void> {
    const { app } = call;
    const ofChannels = events.flatMap(toChannelEvents);
    setHeaders(call, await this.#limits.take('events', app, ofChannels.length));
    await Promise.all(ofChannels.map((event) => this.#channels.publish(app, event)));
  }

  async #byChannel(app: PusherApp, event: PublishedEvent): Promise<Record<string, Attributes>> {
    const { channels, info } = event;
    const attributes = await this.#attributes.ofPublished(app, channels, info);
    return Object.fromEntries(channels.map((name, i) => [name, attributes[i] ?? {}]));
  }

  async #countRead(call: ApiCall): Promise<void> {
    setHeaders(call, await this.#limits.take('reads', call.app, 1));
  }
}

function infoOf({ query }: ApiCall): string | undefined {
  const info = query.list('info');
  return info.length > 0 ? info.join(',') : undefined;
}

function setHeaders({ response }: ApiCall, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
