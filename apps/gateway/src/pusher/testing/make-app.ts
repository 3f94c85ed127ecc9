import type { PusherApp } from '../app';
import type { AppDefaults } from '../apps/parse-app';

/** What an app has of the server where it says nothing itself. */
export const APP_DEFAULTS: AppDefaults = {
  maxPresenceMembersPerChannel: 100,
  maxPresenceMemberSizeInKb: 2,
  maxChannelNameLength: 200,
  maxEventChannelsAtOnce: 100,
  maxEventNameLength: 200,
  maxEventPayloadInKb: 100,
  maxEventBatchSize: 10,
};

/** An app that may do everything as often as it likes, but for `more`. */
export function makeApp(more: Partial<PusherApp> = {}): PusherApp {
  const { id = '1' } = more;
  return {
    ...APP_DEFAULTS,
    id,
    key: `key-${id}`,
    secret: `secret-${id}`,
    enabled: true,
    enableClientMessages: true,
    enableUserAuthentication: false,
    maxConnections: -1,
    maxBackendEventsPerSecond: -1,
    maxClientEventsPerSecond: -1,
    maxReadRequestsPerSecond: -1,
    webhooks: [],
    ...more,
  };
}
