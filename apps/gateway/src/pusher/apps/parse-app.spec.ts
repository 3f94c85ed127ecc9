import { APP_DEFAULTS } from '../testing/make-app';
import { parseApp } from './parse-app';

const IDENTITY = { id: 'an-id', key: 'a-key', secret: 'a-secret' };
const parse = (fields: Record<string, unknown>) =>
  parseApp({ ...IDENTITY, ...fields }, APP_DEFAULTS);

const EXPECTED = {
  ...IDENTITY,
  maxConnections: 1,
  enabled: false,
  enableClientMessages: true,
  maxBackendEventsPerSecond: 2,
  maxClientEventsPerSecond: 3,
  maxReadRequestsPerSecond: 4,
  maxPresenceMembersPerChannel: 5,
  maxPresenceMemberSizeInKb: 0.5,
  maxChannelNameLength: 6,
  maxEventChannelsAtOnce: 7,
  maxEventNameLength: 8,
  maxEventPayloadInKb: 9,
  maxEventBatchSize: 11,
  enableUserAuthentication: true,
  webhooks: [],
};

describe('an app', () => {
  it.each([
    ['camelCase, as in a file', { ...EXPECTED }],
    [
      'PascalCase, as in DynamoDB',
      {
        AppId: 'an-id',
        AppKey: 'a-key',
        AppSecret: 'a-secret',
        MaxConnections: '1',
        Enabled: 'false',
        EnableClientMessages: 'true',
        MaxBackendEventsPerSecond: 2,
        MaxClientEventsPerSecond: 3,
        MaxReadRequestsPerSecond: 4,
        MaxPresenceMembersPerChannel: 5,
        MaxPresenceMemberSizeInKb: 0.5,
        MaxChannelNameLength: 6,
        MaxEventChannelsAtOnce: 7,
        MaxEventNameLength: 8,
        MaxEventPayloadInKb: 9,
        MaxEventBatchSize: 11,
        EnableUserAuthentication: true,
        Webhooks: '[]',
      },
    ],
    [
      'snake_case, as in a table',
      {
        ...IDENTITY,
        max_connections: 1,
        enabled: 0,
        enable_client_messages: 1,
        max_backend_events_per_sec: 2,
        max_client_events_per_sec: 3,
        max_read_req_per_sec: 4,
        max_presence_members_per_channel: 5,
        max_presence_member_size_in_kb: 0.5,
        max_channel_name_length: 6,
        max_event_channels_at_once: 7,
        max_event_name_length: 8,
        max_event_payload_in_kb: 9,
        max_event_batch_size: 11,
        enable_user_authentication: 1,
        webhooks: null,
      },
    ],
  ])('is read from %s', (_, fields) => {
    expect(parseApp(fields, APP_DEFAULTS)).toEqual({ app: EXPECTED, problems: [] });
  });

  it('has the limits of the server where it says nothing', () => {
    const { app, problems } = parse({ max_channel_name_length: null, maxEventBatchSize: '' });
    expect(problems).toEqual([]);
    expect(app).toMatchObject({
      ...APP_DEFAULTS,
      enabled: true,
      enableClientMessages: false,
      maxConnections: -1,
      maxReadRequestsPerSecond: -1,
    });
  });

  it('with a field that is wrong does without it, and says so without its value', () => {
    const { app, problems } = parse({
      max_connections: 'hush',
      max_event_batch_size: 1.5,
      enabled: 2,
      max_channel_name_length: -1,
      webhooks: '{"url": "hush"',
    });
    expect(app).toMatchObject({ ...APP_DEFAULTS, maxConnections: -1, enabled: true });
    expect(problems).toEqual([
      'webhooks: has to be a list in JSON',
      'enabled: has to be true or false',
      'maxConnections: has to be a whole number, from -1',
      'maxChannelNameLength: has to be a whole number, from 1',
      'maxEventBatchSize: has to be a whole number, from 1',
    ]);
  });

  it.each(['id', 'key', 'secret'])('without its %s is none', (field) => {
    expect(parse({ [field]: '' })).toEqual({ app: null, problems: [`${field}: is missing`] });
  });
});

describe('the webhooks of an app', () => {
  it('are a list, or JSON of one, with all that Soketi takes', () => {
    const entries = [
      {
        url: 'https://example.org/hook',
        event_types: ['channel_occupied', 'subscription_count', '$connect'],
        headers: { 'X-Token': 'abc', 'X-Number': 7 },
        filter: { channel_name_starts_with: 'private-', channel_name_ends_with: '' },
      },
      {
        url: '',
        lambda_function: 'notify',
        event_types: ['cache_miss'],
        lambda: { async: true, region: 'eu-west-1', client_options: { endpoint: 'http://x' } },
      },
      { lambda_function: 'plain', event_types: [], headers: null, filter: null, lambda: null },
    ];
    const expected = [
      {
        target: { url: 'https://example.org/hook' },
        eventTypes: ['channel_occupied', 'subscription_count', '$connect'],
        headers: { 'X-Token': 'abc', 'X-Number': '7' },
        filter: { startsWith: 'private-', endsWith: '' },
      },
      {
        target: {
          lambdaFunction: 'notify',
          lambda: { isAsync: true, region: 'eu-west-1', clientOptions: { endpoint: 'http://x' } },
        },
        eventTypes: ['cache_miss'],
        headers: {},
        filter: { startsWith: '', endsWith: '' },
      },
      {
        target: {
          lambdaFunction: 'plain',
          lambda: { isAsync: false, region: 'us-east-1', clientOptions: {} },
        },
        eventTypes: [],
        headers: {},
        filter: { startsWith: '', endsWith: '' },
      },
    ];
    for (const webhooks of [entries, JSON.stringify(entries)]) {
      const { app, problems } = parse({ webhooks });
      expect(problems).toEqual([]);
      expect(app?.webhooks).toEqual(expected);
    }
  });

  it('that are wrong are left out, each for itself, and named by their place', () => {
    const good = { url: 'http://example.org', event_types: ['member_added'] };
    const { app, problems } = parse({
      webhooks: [
        { ...good, url: 'ftp://example.org' },
        { event_types: ['member_added'] },
        { ...good, event_types: ['member_joined'] },
        { ...good, headers: { 'X-Token': 'a\r\nX-Other: b' } },
        { ...good, headers: { 'X Token': 'a' } },
        'https://example.org',
        good,
      ],
    });
    expect(app?.webhooks).toHaveLength(1);
    expect(problems).toEqual([
      'webhooks.0.url: has to be an address of http or https',
      'webhooks.1: has to have a url or a lambda_function',
      expect.stringMatching(/^webhooks.2.event_types.0: has to be one of client_event, /),
      'webhooks.3.headers.X-Token: has to be the value of a header',
      'webhooks.4.headers: has to have names of headers',
      'webhooks.5: has to be an object',
    ]);
  });
});
