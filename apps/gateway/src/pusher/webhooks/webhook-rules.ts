import { createHash, randomBytes } from 'node:crypto';
import type { PusherApp, Webhook } from '../app';
import type { WebhookEvent } from '../webhook-event';
import type { NewDelivery } from './webhook-store';

/** Events of channels, which the occupancy tells and which are kept once however often they are told. */
const TRANSITIONS = [
  'channel_occupied',
  'channel_vacated',
  'member_added',
  'member_removed',
  'subscription_count',
];

/** Whether the webhook wants transitions of the occupancy. */
export function wantsTransitions({ eventTypes }: Webhook): boolean {
  return TRANSITIONS.some((name) => eventTypes.includes(name));
}

/** Whether the event is for the webhook. One that filters channels gets nothing that is of no channel. */
function passes({ eventTypes, filter }: Webhook, event: WebhookEvent): boolean {
  if (!eventTypes.includes(event.name)) return false;
  const channel = 'channel' in event ? event.channel : '';
  return channel.startsWith(filter.startsWith) && channel.endsWith(filter.endsWith);
}

/** Events with the same one are posted in order: those of a channel, or of a connection. */
function orderingKeyOf(event: WebhookEvent): string {
  return digest('channel' in event ? `channel ${event.channel}` : `socket ${event.socket_id}`);
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

interface KeyedWebhook {
  /** Which of the app's webhooks; stays when its headers, event types or filter change. */
  readonly key: string;
  readonly webhook: Webhook;
}

/** The same target twice is two webhooks, told apart by their order. */
function keyWebhooks(webhooks: readonly Webhook[]): KeyedWebhook[] {
  const counts = new Map<string, number>();
  return webhooks.map((webhook) => {
    const { target } = webhook;
    const where = 'url' in target ? target.url : `${target.lambda.region} ${target.lambdaFunction}`;
    const count = (counts.get(where) ?? 0) + 1;
    counts.set(where, count);
    return { key: digest(`${String(count)} ${where}`), webhook };
  });
}

export function findWebhook({ webhooks }: PusherApp, key: string): Webhook | null {
  return keyWebhooks(webhooks).find((one) => one.key === key)?.webhook ?? null;
}

/** Where the webhook goes, for people: what may be a secret of an address is left out. */
function describeTarget({ target }: Webhook): string {
  if ('lambdaFunction' in target) {
    return `lambda:${target.lambda.region}:${target.lambdaFunction}`.slice(0, 2048);
  }
  if (!URL.canParse(target.url)) return 'not an address';
  const { origin, pathname } = new URL(target.url);
  return `${origin}${pathname}`.slice(0, 2048);
}

/** The event for each of the app's webhooks that it is for. */
export function deliveriesOf(
  { id: appId, webhooks }: PusherApp,
  event: WebhookEvent,
  { eventId, at: recordedAt }: { eventId: string; at: number },
): NewDelivery[] {
  if (!webhooks.some((webhook) => passes(webhook, event))) return [];
  const body = JSON.stringify(event);
  const orderingKey = orderingKeyOf(event);
  return keyWebhooks(webhooks)
    .filter(({ webhook }) => passes(webhook, event))
    .map(({ key, webhook }) => ({
      appId,
      webhook: key,
      target: describeTarget(webhook),
      eventId,
      orderingKey,
      body,
      recordedAt,
    }));
}

/** Of an event that is told once. */
export function newEventId(): string {
  return randomBytes(16).toString('base64url');
}
