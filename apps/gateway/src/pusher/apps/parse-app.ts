import { z } from 'zod';
import type { PusherApp } from '../app';
import { amount, count, flag, text } from '../soketi/kinds';
import { parseWebhooks } from './parse-webhooks';

/** The limits that an app has of the server where it says nothing itself. */
export type AppDefaults = Pick<
  PusherApp,
  | 'maxPresenceMembersPerChannel'
  | 'maxPresenceMemberSizeInKb'
  | 'maxChannelNameLength'
  | 'maxEventChannelsAtOnce'
  | 'maxEventNameLength'
  | 'maxEventPayloadInKb'
  | 'maxEventBatchSize'
>;

export interface ParsedApp {
  /** Null where it has no id, key or secret. */
  readonly app: PusherApp | null;
  /** What is wrong, field by field, without values: they may be secrets. `app` does without it. */
  readonly problems: readonly string[];
}

/** An id, or a key, is part of addresses and of a database's comparisons: printable ASCII, without spaces. */
export const IDENTITY = /^[\x21-\x7e]{1,255}$/;

const identity = text.pipe(
  z.string().regex(IDENTITY, 'has to be 1 to 255 printable characters of ASCII'),
);
/** -1: none. */
const limit = count(-1);
/** There is always one: a message of any size, or a channel of any name, is nobody's wish. */
const bound = count(1);
/** Soketi takes fractions of a kilobyte. */
const size = amount(0);

/** Soketi's names of the columns that are not simply the field's own name with underscores. */
const COLUMNS: Readonly<Record<string, string>> = {
  maxBackendEventsPerSecond: 'max_backend_events_per_sec',
  maxClientEventsPerSecond: 'max_client_events_per_sec',
  maxReadRequestsPerSecond: 'max_read_req_per_sec',
};

const snakeCase = (field: string) =>
  field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const pascalCase = (field: string) => field.charAt(0).toUpperCase() + field.slice(1);

/** All names under which Soketi finds a field; the last one that is there counts. */
function namesOf(field: string): string[] {
  const isIdentity = field === 'id' || field === 'key' || field === 'secret';
  return isIdentity
    ? [field, `App${pascalCase(field)}`]
    : [field, pascalCase(field), COLUMNS[field] ?? snakeCase(field)];
}

interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { message: string }[] } };
}

/**
 * An app as Soketi has it: a row of a table, an item of DynamoDB, an entry of a configuration file, with its fields in
 * snake_case, PascalCase or camelCase. Empty text and null count as nothing said.
 */
export function parseApp(
  given: Readonly<Record<string, unknown>>,
  defaults: AppDefaults,
): ParsedApp {
  const problems: string[] = [];
  const valueOf = (field: string) =>
    namesOf(field)
      .map((name) => given[name])
      .findLast((value) => value !== undefined && value !== null && value !== '');
  const read = <T>(field: string, schema: Schema<T>, fallback: T): T => {
    const value = valueOf(field);
    if (value === undefined) return fallback;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    problems.push(`${field}: ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
    return fallback;
  };
  const required = (field: string, schema: Schema<string>) => {
    if (valueOf(field) === undefined) problems.push(`${field}: is missing`);
    return read(field, schema, '');
  };
  const ofServer = (field: keyof AppDefaults, schema = bound) =>
    read(field, schema, defaults[field]);
  const [id, key, secret] = [
    required('id', identity),
    required('key', identity),
    required('secret', text),
  ];
  const webhooks = parseWebhooks(valueOf('webhooks'));
  problems.push(...webhooks.problems);
  const app: PusherApp = {
    id,
    key,
    secret,
    enabled: read('enabled', flag, true),
    enableClientMessages: read('enableClientMessages', flag, false),
    enableUserAuthentication: read('enableUserAuthentication', flag, false),
    maxConnections: read('maxConnections', limit, -1),
    maxBackendEventsPerSecond: read('maxBackendEventsPerSecond', limit, -1),
    maxClientEventsPerSecond: read('maxClientEventsPerSecond', limit, -1),
    maxReadRequestsPerSecond: read('maxReadRequestsPerSecond', limit, -1),
    maxPresenceMembersPerChannel: ofServer('maxPresenceMembersPerChannel'),
    maxPresenceMemberSizeInKb: ofServer('maxPresenceMemberSizeInKb', size),
    maxChannelNameLength: ofServer('maxChannelNameLength'),
    maxEventChannelsAtOnce: ofServer('maxEventChannelsAtOnce'),
    maxEventNameLength: ofServer('maxEventNameLength'),
    maxEventPayloadInKb: ofServer('maxEventPayloadInKb', size),
    maxEventBatchSize: ofServer('maxEventBatchSize'),
    webhooks: webhooks.webhooks,
  };
  return { app: id && key && secret ? app : null, problems };
}
