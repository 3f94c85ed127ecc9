/** Where an app's events are posted to. */
export interface Webhook {
  /** An HTTP(S) address, or the name of a function of AWS Lambda. */
  readonly target: { url: string } | { lambdaFunction: string; lambda: LambdaOptions };
  /** Names of events, for example `member_added`. */
  readonly eventTypes: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Only channels whose names begin, and end, like this. Empty: all. */
  readonly filter: { readonly startsWith: string; readonly endsWith: string };
}

export interface LambdaOptions {
  /** Whether the function's answer is not waited for (`Event`) or is (`RequestResponse`). */
  readonly isAsync: boolean;
  readonly region: string;
  /** As the AWS SDK for JavaScript takes them; `credentials` and `endpoint` are read. */
  readonly clientOptions: Readonly<Record<string, unknown>>;
}

/** An app of the Pusher Channels protocol: a key, a secret, and what it may do. -1 connections, and -1 a second, are no limit. */
export interface PusherApp {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
  readonly enabled: boolean;
  readonly enableClientMessages: boolean;
  /** Only connections that sign in, or join a private or presence channel, may stay ("authorized connections"). */
  readonly enableUserAuthentication: boolean;
  readonly maxConnections: number;
  readonly maxBackendEventsPerSecond: number;
  /** By connection. */
  readonly maxClientEventsPerSecond: number;
  readonly maxReadRequestsPerSecond: number;
  readonly maxPresenceMembersPerChannel: number;
  readonly maxPresenceMemberSizeInKb: number;
  readonly maxChannelNameLength: number;
  readonly maxEventChannelsAtOnce: number;
  readonly maxEventNameLength: number;
  readonly maxEventPayloadInKb: number;
  readonly maxEventBatchSize: number;
  readonly webhooks: readonly Webhook[];
}

/** Where apps are kept. While that does not answer, an app that was known before is still known. */
export interface AppSource {
  /** @throws {Refusal} `unavailable` where nothing is known and the place does not answer. */
  findById(id: string): Promise<PusherApp | null>;
  /** @throws {Refusal} as `findById`. */
  findByKey(key: string): Promise<PusherApp | null>;
  close(): Promise<void>;
}
