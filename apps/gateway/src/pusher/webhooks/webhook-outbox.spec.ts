import type { ServerResponse } from 'node:http';
import Pusher from 'pusher';
import type { Kind } from '../../store/testing/stage';
import { until } from '../../testing/until';
import type { PusherApp } from '../app';
import { sign } from '../signature';
import type { WebhookEvent } from '../webhook-event';
import { Receiver } from './testing/receiver';
import {
  deliveriesIn,
  makeHookedApp,
  WebhookStage,
  type OutboxGateway,
} from './testing/webhook-stage';

jest.setTimeout(60_000);

const KINDS: Kind[] = ['sqlite', 'mysql'];
const EVERYTHING = [
  'client_event',
  'channel_occupied',
  'channel_vacated',
  'member_added',
  'member_removed',
  'cache_miss',
  'subscription_count',
  '$connect',
  '$disconnect',
  '$default',
];

const say = (channel: string, data: unknown): WebhookEvent => ({
  name: 'client_event',
  channel,
  event: 'client-said',
  data,
  socket_id: '1.2',
});

describe.each(KINDS)('webhooks over %s', (kind) => {
  let stage: WebhookStage;
  let receiver: Receiver;
  let other: Receiver;
  let apps = 0;

  beforeAll(async () => {
    stage = await WebhookStage.create(kind);
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    receiver = await Receiver.start();
    other = await Receiver.start();
  });
  afterEach(async () => {
    await receiver.close();
    await other.close();
  });

  const app = (...webhooks: object[]): PusherApp =>
    stage.apps.put(makeHookedApp(`app-${String(++apps)}`, webhooks));
  const using = async (
    given: Parameters<WebhookStage['gateway']>[0],
    work: (gateway: OutboxGateway) => Promise<void>,
  ) => {
    const gateway = await stage.gateway(given);
    try {
      await work(gateway);
    } finally {
      await stage.end(gateway.outbox);
    }
  };
  const arrived = (count: number, at = receiver) =>
    until(`${String(count)} events`, () => at.events.length >= count);
  const settled = ({ database }: OutboxGateway) =>
    until('nothing is pending', async () =>
      (await deliveriesIn(database)).every(({ state }) => state !== 'pending'),
    );

  it('posts an event as Pusher does, signed byte for byte', () =>
    using({}, async ({ outbox }) => {
      const its = app({
        url: receiver.url,
        event_types: ['client_event'],
        headers: {
          'X-Own': 'mine',
          'user-agent': 'its-own',
          'X-Pusher-Key': 'forged',
          'x-pusher-signature': 'forged',
          'Content-Length': '3',
        },
      });
      const before = Date.now();
      outbox.record(its, {
        ...say('private-a', '{"text":"ö\\u2028 </script>"}'),
        user_id: 'u',
      } as WebhookEvent);
      await arrived(1);
      const [post] = receiver.received;
      const { headers, body, path } = post!;
      expect(path).toBe('/hooks');
      expect(headers).toMatchObject({
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'its-own',
        'x-own': 'mine',
        'x-pusher-key': its.key,
        'x-pusher-signature': sign(its.secret, body),
      });
      const pusher = new Pusher({
        appId: its.id,
        key: its.key,
        secret: its.secret,
        host: 'localhost',
      });
      const library = pusher.webhook({ headers, rawBody: body });
      expect(library.isValid()).toBe(true);
      expect(pusher.webhook({ headers, rawBody: `${body} ` }).isValid()).toBe(false);
      expect(library.getEvents()).toEqual([
        {
          name: 'client_event',
          channel: 'private-a',
          event: 'client-said',
          data: '{"text":"ö\\u2028 </script>"}',
          socket_id: '1.2',
          user_id: 'u',
        },
      ]);
      expect(library.getTime().getTime()).toBeGreaterThanOrEqual(before);
      expect(library.getTime().getTime()).toBeLessThanOrEqual(Date.now());
    }));

  it('says who it is where the app does not', () =>
    using({}, async ({ outbox }) => {
      outbox.record(app({ url: receiver.url, event_types: ['cache_miss'] }), {
        name: 'cache_miss',
        channel: 'cache-a',
      });
      await arrived(1);
      expect(receiver.received[0]?.headers['user-agent']).toBe('Hubbub-Webhooks/1.0');
    }));

  it('gives each webhook the events that pass its types and filter, and no others', () =>
    using({ settings: { isBatching: true, batchMs: 50 } }, async ({ outbox }) => {
      const its = app(
        {
          url: receiver.url,
          event_types: ['client_event', 'cache_miss', '$connect'],
          filter: { channel_name_starts_with: 'private-', channel_name_ends_with: '-x' },
        },
        { url: other.url, event_types: ['cache_miss', '$connect', '$disconnect'] },
      );
      outbox.record(its, say('private-a-x', 1));
      outbox.record(its, say('private-a', 2));
      outbox.record(its, say('a-x', 3));
      outbox.record(its, { name: 'cache_miss', channel: 'private-x' });
      outbox.record(its, {
        name: '$connect',
        socket_id: '1.2',
        source_ip: '::1',
        user_agent: 'me',
      });
      outbox.record(its, { name: '$disconnect', socket_id: '1.2', code: 1000 });
      await arrived(2);
      await arrived(3, other);
      expect(receiver.events.map(({ name, channel }) => `${name} ${channel}`)).toEqual([
        'client_event private-a-x',
        'cache_miss private-x',
      ]);
      expect(other.events).toEqual([
        { name: 'cache_miss', channel: 'private-x' },
        { name: '$connect', socket_id: '1.2', source_ip: '::1', user_agent: 'me' },
        { name: '$disconnect', socket_id: '1.2', code: 1000 },
      ]);
    }));

  it('tells of channels and members as they come and go, each once', () =>
    using({}, async (gateway) => {
      const { outbox, occupancy } = gateway;
      const its = app({ url: receiver.url, event_types: EVERYTHING });
      outbox.notice(its);
      const plain = { app: its.id, channel: 'plain' };
      const presence = { app: its.id, channel: 'presence-a', member: { id: 'ann', info: null } };
      await occupancy.enter(plain);
      await occupancy.enter(presence);
      await occupancy.enter(presence);
      await arrived(4);
      occupancy.leave(plain);
      occupancy.leave(presence);
      occupancy.leave(presence);
      const named = (name: string) => receiver.events.filter((event) => event.name === name);
      await until('all have left', () => named('channel_vacated').length === 2);
      await settled(gateway);
      expect(
        named('channel_occupied')
          .map((event) => event.channel)
          .sort(),
      ).toEqual(['plain', 'presence-a']);
      expect(named('member_added')).toEqual([
        { name: 'member_added', channel: 'presence-a', user_id: 'ann' },
      ]);
      expect(named('member_removed')).toEqual([
        { name: 'member_removed', channel: 'presence-a', user_id: 'ann' },
      ]);
      expect(named('subscription_count')[0]).toEqual({
        name: 'subscription_count',
        channel: 'plain',
        subscription_count: 1,
      });
      const presenceEvents = receiver.events.filter(({ channel }) => channel === 'presence-a');
      expect(presenceEvents.map(({ name }) => name)).toEqual([
        'channel_occupied',
        'member_added',
        'member_removed',
        'channel_vacated',
      ]);
    }));

  it('keeps transitions for an app that gets a webhook for them, until it has none any more', () =>
    using({}, async ({ outbox, occupancy, database }) => {
      const without = app({ url: receiver.url, event_types: ['client_event'] });
      const enter = (channel: string) => occupancy.enter({ app: without.id, channel });
      outbox.notice(without);
      await enter('unheard');
      const its = makeHookedApp(without.id, [
        { url: receiver.url, event_types: ['channel_occupied'] },
      ]);
      outbox.notice(stage.apps.put(its));
      await enter('heard');
      await arrived(1);
      outbox.notice(stage.apps.put(makeHookedApp(its.id, [])));
      await enter('unheard too');
      outbox.notice(stage.apps.put(its));
      await enter('heard again');
      await arrived(2);
      expect(receiver.events.map(({ channel }) => channel)).toEqual(['heard', 'heard again']);
      expect(await deliveriesIn(database)).not.toHaveLength(0);
    }));

  describe('batching', () => {
    const batching = { settings: { isBatching: true, batchMs: 200 } };

    it('is off where it is not asked for: one event a post', () =>
      using({}, async ({ outbox }) => {
        const its = app({ url: receiver.url, event_types: ['client_event'] });
        for (let i = 0; i < 20; i++) outbox.record(its, say(`c${String(i)}`, i));
        await arrived(20);
        expect(receiver.received.map(({ events }) => events.length)).toEqual(Array(20).fill(1));
      }));

    it('posts together what comes within the time, in the order in which it came', () =>
      using(batching, async ({ outbox }) => {
        const its = app({ url: receiver.url, event_types: ['client_event'] });
        for (let i = 0; i < 5; i++) outbox.record(its, say(`c${String(i % 2)}`, i));
        await until('it is recorded', () => outbox.pending > 0 || receiver.events.length > 0);
        for (let i = 5; i < 10; i++) outbox.record(its, say(`c${String(i % 2)}`, i));
        await arrived(10);
        expect(receiver.received).toHaveLength(1);
        expect(receiver.events.map(({ data }) => data)).toEqual([...Array(10).keys()]);
      }));

    it('never mixes apps or webhooks', () =>
      using(batching, async ({ outbox }) => {
        const webhook = { url: receiver.url, event_types: ['client_event'] };
        const two = [
          app(webhook),
          app(webhook, { ...webhook, filter: { channel_name_starts_with: 'c1' } }),
        ];
        for (let i = 0; i < 20; i++)
          outbox.record(two[i % 2]!, say(`c${String(i)}`, two[i % 2]!.id));
        // Channels c1, c11, c13, … of the second app go to its second webhook as well.
        await arrived(26);
        expect(receiver.received.map(({ events }) => events.length).sort()).toEqual([10, 10, 6]);
        for (const { headers, events, body } of receiver.received) {
          const of = two.find(({ key }) => key === headers['x-pusher-key'])!;
          expect(headers['x-pusher-signature']).toBe(sign(of.secret, body));
          expect(new Set(events.map(({ data }) => data))).toEqual(new Set([of.id]));
        }
      }));

    it('has an end: a hundred events, or 64 KB', () =>
      using(batching, async ({ outbox }) => {
        const its = app({ url: receiver.url, event_types: ['client_event'] });
        for (let i = 0; i < 250; i++) outbox.record(its, say('c', i));
        await arrived(250);
        expect(Math.max(...receiver.received.map(({ events }) => events.length))).toBe(100);
        expect(receiver.dataOf('c')).toEqual([...Array(250).keys()]);
        const posts = receiver.received.length;
        const large = 'x'.repeat(40_000);
        for (let i = 0; i < 4; i++) outbox.record(its, say('c', large));
        await arrived(254);
        expect(receiver.received.slice(posts).map(({ events }) => events.length)).toEqual([
          1, 1, 1, 1,
        ]);
      }));
  });

  describe('a receiver that fails', () => {
    it('gets an event again, and those behind it in their order', () =>
      using({}, async (gateway) => {
        const its = app({ url: receiver.url, event_types: ['client_event'] });
        let refusals = 4;
        receiver.answer = ({ events }) => (events[0]?.data === 3 && refusals-- > 0 ? 500 : 204);
        for (let i = 0; i < 10; i++) gateway.outbox.record(its, say('c', i));
        await until('all have arrived', () => receiver.dataOf('c').includes(9));
        expect(receiver.dataOf('c')).toEqual([0, 1, 2, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9]);
        await settled(gateway);
        const [, , , again] = (await deliveriesIn(gateway.database)).slice(-10);
        expect(again).toMatchObject({ state: 'delivered', attempts: 5, status: 204, error: null });
        expect(gateway.reports).toEqual({ delivered: 10, retried: 4 });
      }));

    it('for one channel holds no other one up, with batching too', () =>
      using({ settings: { isBatching: true, batchMs: 10 } }, async ({ outbox }) => {
        const its = app({ url: receiver.url, event_types: ['client_event'] });
        let isHealed = false;
        receiver.answer = ({ events }) =>
          events.some(({ channel }) => channel === 'ill') && !isHealed ? 500 : 200;
        const delivered = () =>
          receiver.received
            .filter(({ events }) => events.every(({ channel }) => channel !== 'ill'))
            .flatMap(({ events }) => events.map(({ data }) => data));
        for (let i = 0; i < 10; i++) {
          outbox.record(its, say('ill', i));
          outbox.record(its, say('well', i));
        }
        await until('the other channel is through', () => delivered().length >= 10);
        outbox.record(its, say('ill', 10));
        outbox.record(its, say('well', 10));
        await until('so is what comes later', () => delivered().includes(10));
        expect(delivered()).toEqual([...Array(11).keys()]);
        const refused = receiver.received.length;
        isHealed = true;
        await until('all is through', () => receiver.dataOf('ill').slice(-1)[0] === 10);
        const last = receiver.received.slice(refused).flatMap(({ events }) => events);
        expect(
          last
            .filter(({ channel }) => channel === 'ill')
            .map(({ data }) => data)
            .slice(-11),
        ).toEqual([...Array(11).keys()]);
      }));

    it('that hangs holds no other channel up', () =>
      using({ times: { postMs: 60_000 } }, async ({ outbox }) => {
        const its = app({ url: receiver.url, event_types: ['client_event'] });
        const hanging: ServerResponse[] = [];
        receiver.answer = ({ events }) =>
          events[0]?.channel === 'ill' && hanging.length < 2
            ? (response) => hanging.push(response)
            : 200;
        outbox.record(its, say('ill', 0));
        outbox.record(its, say('ill', 1));
        for (let i = 0; i < 10; i++) outbox.record(its, say('well', i));
        await until('the other channel is through', () => receiver.dataOf('well').length === 10);
        expect(receiver.dataOf('ill')).toEqual([0]);
        for (const n of [1, 2]) {
          await until('it hangs', () => hanging.length === n);
          hanging.at(-1)?.destroy();
        }
        await until('the ill one is through', () => receiver.dataOf('ill').includes(1));
        expect(receiver.dataOf('ill')).toEqual([0, 0, 0, 1]);
      }));

    it('with a redirect is not followed', () =>
      using({}, async ({ outbox }) => {
        const its = app({ url: receiver.url, event_types: ['client_event'] });
        let redirects = 1;
        receiver.answer = () =>
          redirects-- > 0
            ? (response) => response.writeHead(307, { location: other.url }).end()
            : 200;
        outbox.record(its, say('c', 0));
        await arrived(2);
        expect(other.received).toHaveLength(0);
      }));

    it('for too long: the event is failed, with those that have waited as long', () =>
      using({ times: { giveUpMs: 400 } }, async (gateway) => {
        const { outbox, database, reports } = gateway;
        const its = app({
          url: receiver.url,
          event_types: ['client_event'],
          headers: { Authorization: 'its secret' },
        });
        receiver.answer =
          ({ headers }) =>
          (response) =>
            response
              .writeHead(503)
              .end(`not now, ${String(headers.authorization)} ${'x'.repeat(9_000)}`);
        for (let i = 0; i < 30; i++) outbox.record(its, say('c', i));
        await until('they are given up', () => reports['failed'] === 30);
        await settled(gateway);
        const failed = (await deliveriesIn(database)).slice(-30);
        expect(failed.map(({ state }) => state)).toEqual(Array(30).fill('failed'));
        // Once more when its time is over, however few attempts there was time for.
        expect(failed[0]?.attempts).toBeGreaterThanOrEqual(2);
        expect(failed[0]?.status).toBe(503);
        expect(failed[0]?.error).toMatch(/^answered 503 not now, … x{100,400}$/);
        receiver.answer = () => 200;
        outbox.record(its, say('c', 'later'));
        await until('what comes later is posted', () => reports['delivered'] === 1);
        expect(receiver.dataOf('c').at(-1)).toBe('later');
      }));

    it('is believed where it answers 2xx and never ends', () =>
      using({ times: { postMs: 300 } }, async ({ outbox, reports }) => {
        const its = app({ url: receiver.url, event_types: ['client_event'] });
        receiver.answer = () => (response) => response.writeHead(200).write('…');
        outbox.record(its, say('c', 0));
        await until('it is delivered', () => reports['delivered'] === 1);
        // Posted again only where this process was held up before it had the head of the answer.
        expect(receiver.received).toHaveLength(1 + (reports['retried'] ?? 0));
      }));
  });

  it('an event of no reasonable size is left out, and those about it are not', () =>
    using({}, async ({ outbox, reports }) => {
      const its = app({ url: receiver.url, event_types: ['client_event'] });
      const large = 'ö'.repeat(500_000);
      for (const data of [0, large, `${large}${large}`, 1]) outbox.record(its, say('c', data));
      await until('the others are delivered', () => reports['delivered'] === 3);
      expect(receiver.dataOf('c')).toEqual([0, large, 1]);
      expect(reports['dropped']).toBe(1);
    }));

  it('a webhook that the app has no more gets nothing, and its events are failed', () =>
    using({}, async (gateway) => {
      const its = app({ url: receiver.url, event_types: ['client_event'] });
      receiver.answer = () => 500;
      gateway.outbox.record(its, say('c', 0));
      await arrived(1);
      stage.apps.put(makeHookedApp(its.id, []));
      await until('it is given up', () => gateway.reports['failed'] === 1);
      await settled(gateway);
      expect((await deliveriesIn(gateway.database)).at(-1)).toMatchObject({
        state: 'failed',
        error: 'the app has no such webhook any more',
      });
    }));

  it('many channels and webhooks at once are all through, in order', () =>
    using({ settings: { isBatching: true, batchMs: 5 } }, async (gateway) => {
      const its = app(
        { url: receiver.url, event_types: ['client_event'] },
        { url: other.url, event_types: ['client_event'] },
      );
      let posts = 0;
      receiver.answer = () => (++posts % 7 === 0 ? 500 : 200);
      for (let i = 0; i < 2_000; i++) {
        gateway.outbox.record(its, say(`c${String(i % 40)}`, i));
        if (i % 100 === 0) await new Promise(setImmediate);
      }
      await until('all are delivered', () => gateway.reports['delivered'] === 4_000);
      for (let c = 0; c < 40; c++) {
        const all = Array.from({ length: 50 }, (_, i) => i * 40 + c);
        expect(other.dataOf(`c${String(c)}`)).toEqual(all);
        expect([...new Set(receiver.dataOf(`c${String(c)}`))]).toEqual(all);
      }
    }));
});
