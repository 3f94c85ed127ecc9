import type { PusherApp } from '../app';
import { isAllowedName, userOfChannel } from '../channel-name';
import type { ChannelEvent } from '../channels';
import { isTooDeep } from '../json-depth';
import { SUBSCRIPTION_ERRORS } from '../protocol';
import { API_ERRORS } from './api-error';
import type { SignedQuery } from './signed-query';

const SOCKET_ID = /^\d+\.\d+$/;

/** An event as an app's server publishes it: to one channel or several. */
export interface PublishedEvent {
  readonly name: string;
  /** Given on as it is. */
  readonly data: unknown;
  /** At least one, each once. */
  readonly channels: readonly string[];
  readonly exceptSocketId?: string;
  /** Which attributes of the channels are asked for; null where none are. */
  readonly info: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(body: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw API_ERRORS.incorrect();
  }
  if (isTooDeep(value)) throw API_ERRORS.incorrect();
  return value;
}

/** The event of POST /events: its fields are the body, or the query where there is no body. @throws {ApiError} 400, 413 */
export function parseEvent(body: Buffer, query: SignedQuery, app: PusherApp): PublishedEvent {
  if (body.length > 0) return checkEvent(parseJson(body), app);
  const channels = query.list('channels');
  return checkEvent(
    {
      name: query.get('name'),
      data: query.get('data'),
      channel: query.get('channel'),
      channels: channels.length > 0 ? channels : undefined,
      socket_id: query.get('socket_id'),
      info: query.get('info'),
    },
    app,
  );
}

/** The events of POST /batch_events: either all of them are right, or none is published. @throws {ApiError} 400, 413 */
export function parseBatch(body: Buffer, app: PusherApp): PublishedEvent[] {
  const fields = parseJson(body);
  if (!isFields(fields) || !Array.isArray(fields['batch'])) throw API_ERRORS.incorrect();
  const batch: unknown[] = fields['batch'];
  const max = app.maxEventBatchSize;
  if (batch.length > max) throw API_ERRORS.batchTooLarge(max);
  return batch.map((event) => checkEvent(event, app));
}

/** One for each channel. */
export function toChannelEvents(event: PublishedEvent): ChannelEvent[] {
  const { name, data, exceptSocketId } = event;
  return event.channels.map((channel) => ({ channel, name, data, exceptSocketId }));
}

function checkEvent(fields: unknown, app: PusherApp): PublishedEvent {
  if (!isFields(fields)) throw API_ERRORS.incorrect();
  const { name, data, socket_id: socketId, info } = fields;
  const channels = checkChannels(fields, app);
  // An empty text is data. An event without data is more likely a mistake than meant.
  if (typeof name !== 'string' || name === '' || data === undefined || data === null) {
    throw API_ERRORS.incorrect();
  }
  const nameMax = app.maxEventNameLength;
  if (name.length > nameMax) throw API_ERRORS.eventNameTooLong(nameMax);
  const kb = app.maxEventPayloadInKb;
  if (sizeOf(data) > kb * 1024) throw API_ERRORS.eventTooLarge(kb);
  const event = { name, data, channels, info: typeof info === 'string' ? info : null };
  // Libraries send what they were given: nothing, null and an empty text all exclude nobody.
  if (socketId === undefined || socketId === null || socketId === '') return event;
  if (typeof socketId !== 'string' || !SOCKET_ID.test(socketId)) throw API_ERRORS.badSocketId();
  return { ...event, exceptSocketId: socketId };
}

function checkChannels({ channels, channel }: Fields, app: PusherApp): string[] {
  const names: unknown = channels ?? [channel];
  if (!Array.isArray(names) || names.length === 0 || !names.every(isText)) {
    throw API_ERRORS.incorrect();
  }
  const max = app.maxEventChannelsAtOnce;
  if (names.length > max) throw API_ERRORS.tooManyChannels(max);
  for (const name of names) checkChannelName(name, app);
  return names.length > 1 ? [...new Set(names)] : names;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A user's id is whatever the app calls its users, so a user's channel may have any characters. */
function checkChannelName(name: string, app: PusherApp): void {
  const max = app.maxChannelNameLength;
  if (name.length > max) {
    throw API_ERRORS.channelNotAllowed(SUBSCRIPTION_ERRORS.nameTooLong(max).error);
  }
  if (!isAllowedName(name) && !userOfChannel(name)) {
    throw API_ERRORS.channelNotAllowed(SUBSCRIPTION_ERRORS.nameNotAllowed.error);
  }
}

/** In bytes. What is no text is measured as it will be written. */
function sizeOf(data: unknown): number {
  return Buffer.byteLength(typeof data === 'string' ? data : JSON.stringify(data));
}
