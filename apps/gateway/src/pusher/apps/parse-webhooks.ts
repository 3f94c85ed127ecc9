import { z } from 'zod';
import type { Webhook } from '../app';
import type { WebhookEvent } from '../webhook-event';
import { flag, list, text } from '../soketi/kinds';

/** A record, so that a new kind of event cannot be forgotten here. */
const EVENT_TYPES: Readonly<Record<WebhookEvent['name'], true>> = {
  client_event: true,
  channel_occupied: true,
  channel_vacated: true,
  member_added: true,
  member_removed: true,
  cache_miss: true,
  subscription_count: true,
  $connect: true,
  $disconnect: true,
  $default: true,
};
const EVENT_NAMES = Object.keys(EVENT_TYPES);

/** Where Soketi calls a function of AWS Lambda that does not say its region. */
const DEFAULT_REGION = 'us-east-1';

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
const headers = z
  // No control character: a line break would begin another header.
  .record(
    z.string(),
    text.pipe(z.string().regex(/^[^\p{Cc}]*$/u, 'has to be the value of a header')),
  )
  .refine((given) => Object.keys(given).every((name) => HEADER_NAME.test(name)), {
    error: 'has to have names of headers',
  });
/** Empty text and null are as Soketi has them where nothing is said. */
const optionally = <S extends z.ZodType>(schema: S) =>
  z.preprocess((value) => (value === null || value === '' ? undefined : value), schema.optional());

const Entry = z
  .object(
    {
      url: optionally(
        z.url({ protocol: /^https?$/, error: 'has to be an address of http or https' }),
      ),
      lambda_function: optionally(z.string('has to be the name of a function')),
      event_types: z.array(
        z.enum(EVENT_NAMES, `has to be one of ${EVENT_NAMES.join(', ')}`),
        'has to be a list of the names of events',
      ),
      headers: optionally(headers),
      filter: optionally(
        z.object({
          channel_name_starts_with: optionally(text),
          channel_name_ends_with: optionally(text),
        }),
      ),
      lambda: optionally(
        z.object({
          async: optionally(flag),
          region: optionally(z.string()),
          client_options: optionally(z.record(z.string(), z.unknown())),
        }),
      ),
    },
    'has to be an object',
  )
  .transform((entry, ctx): Webhook => {
    const { url, lambda_function: lambdaFunction, lambda } = entry;
    const shared = {
      eventTypes: entry.event_types,
      headers: entry.headers ?? {},
      filter: {
        startsWith: entry.filter?.channel_name_starts_with ?? '',
        endsWith: entry.filter?.channel_name_ends_with ?? '',
      },
    };
    if (url !== undefined) return { target: { url }, ...shared };
    if (lambdaFunction === undefined) {
      ctx.addIssue({ code: 'custom', message: 'has to have a url or a lambda_function' });
      return z.NEVER;
    }
    const options = {
      isAsync: lambda?.async ?? false,
      region: lambda?.region ?? DEFAULT_REGION,
      clientOptions: lambda?.client_options ?? {},
    };
    return { target: { lambdaFunction, lambda: options }, ...shared };
  });

export interface ParsedWebhooks {
  readonly webhooks: readonly Webhook[];
  /** What is wrong, by its place, without values. The entry is left out. */
  readonly problems: readonly string[];
}

/** The webhooks of an app: a list, or JSON of one. */
export function parseWebhooks(given: unknown): ParsedWebhooks {
  if (given === undefined) return { webhooks: [], problems: [] };
  const entries = list.safeParse(given);
  if (!entries.success) return { webhooks: [], problems: ['webhooks: has to be a list in JSON'] };
  const webhooks: Webhook[] = [];
  const problems: string[] = [];
  for (const [i, entry] of entries.data.entries()) {
    const parsed = Entry.safeParse(entry);
    if (parsed.success) webhooks.push(parsed.data);
    else {
      for (const { path, message } of parsed.error.issues)
        problems.push(`${['webhooks', i, ...path].join('.')}: ${message}`);
    }
  }
  return { webhooks, problems };
}
