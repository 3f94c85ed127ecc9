import type { PusherApp } from './app';

/** An event as it is posted, https://pusher.com/docs/channels/server_api/webhooks/ . `data` is what the client sent. */
export type WebhookEvent =
  | {
      name: 'client_event';
      channel: string;
      event: string;
      data: unknown;
      socket_id: string;
      user_id?: string;
    }
  | { name: 'channel_occupied' | 'channel_vacated' | 'cache_miss'; channel: string }
  | { name: 'member_added' | 'member_removed'; channel: string; user_id: string }
  | { name: 'subscription_count'; channel: string; subscription_count: number }
  /** As API Gateway calls them: a connection has opened, has closed, has sent a frame that is none of the Pusher protocol. */
  | { name: '$connect'; socket_id: string; source_ip: string; user_agent: string }
  | { name: '$disconnect'; socket_id: string; code: number }
  | { name: '$default'; socket_id: string; body: string };

/** Takes what is to be posted to an app's webhooks. */
export interface WebhookSink {
  /** Returns at once. Nothing is kept where the app has no webhook for it. */
  record(app: PusherApp, event: WebhookEvent): void;
}
