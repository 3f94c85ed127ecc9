import { StaticApps } from '../pusher/apps/static-apps';
import { Receiver, silence } from '../pusher/webhooks/testing/receiver';
import { createOutbox, makeHookedApp } from '../pusher/webhooks/testing/webhook-stage';
import type { WebhookOutbox } from '../pusher/webhooks/webhook-outbox';
import { until } from '../testing/until';
import { ADMIN_TOKEN, ANY_NUMBER, ANY_STRING, startApi, type Api, type Reply } from './testing/api';

interface Page {
  deliveries: { id: string; event: { data: unknown } }[];
  next: string | null;
}

const PATH = '/api/apps/hooked/webhooks/deliveries';

describe('deliveries of webhooks', () => {
  let api: Api;
  let receiver: Receiver;
  let outbox: WebhookOutbox;
  let failed = 0;

  const get = (query = '', token: string | undefined = ADMIN_TOKEN) =>
    api.call('GET', `${PATH}${query}`, { token });
  const retry = (id: string, path = PATH) =>
    api.call('POST', `${path}/${id}/retry`, { token: ADMIN_TOKEN });
  const pageOf = ({ body }: Reply) => body as Page;

  beforeAll(async () => {
    api = await startApi();
    receiver = await Receiver.start();
    receiver.answer = () => 500;
    const address = new URL(receiver.url);
    const url = `http://user:password@${address.host}/hooks?token=secret`;
    const webhook = { event_types: ['client_event'], headers: { Authorization: 'its secret' } };
    const app = makeHookedApp('hooked', [
      { ...webhook, url },
      { ...webhook, url: receiver.url, filter: { channel_name_starts_with: 'private-2' } },
    ]);
    outbox = createOutbox(api.parts.database, new StaticApps([app]), {
      report: (outcome, events) => {
        if (outcome === 'failed') failed += events;
      },
      times: { retryFirstMs: 10, giveUpMs: 50, pollMs: 50, idlePollMs: 100 },
    });
    for (let i = 0; i < 5; i++) {
      const channel = `private-${String(i)}`;
      outbox.record(app, {
        name: 'client_event',
        channel,
        event: 'client-e',
        data: i,
        socket_id: '1.1',
      });
    }
    await until('all have failed', () => failed === 6);
    await until('that is written down', async () => pageOf(await get()).deliveries.length === 6);
  });
  afterAll(async () => {
    await receiver.close();
    await outbox.close();
    await api.close();
  });

  it('are for admins alone', async () => {
    const { token } = await api.account('somebody');
    expect((await api.call('GET', PATH)).status).toBe(401);
    expect((await get('', token)).status).toBe(403);
    expect((await api.call('POST', `${PATH}/1-1/retry`, { token })).status).toBe(403);
  });

  it('are listed with what became of them, and without secrets', async () => {
    const reply = await get('?status=failed');
    expect(reply.status).toBe(200);
    expect(pageOf(reply).deliveries[1]).toEqual({
      id: ANY_STRING,
      status: 'failed',
      target: receiver.url,
      event: {
        name: 'client_event',
        channel: 'private-4',
        event: 'client-e',
        data: 4,
        socket_id: '1.1',
      },
      recordedAt: ANY_NUMBER,
      attempts: ANY_NUMBER,
      nextAttemptAt: null,
      settledAt: ANY_NUMBER,
      httpStatus: 500,
      error: 'answered 500 thank you',
    });
    expect(JSON.stringify(reply.body)).not.toMatch(/secret|password/);
    expect(pageOf(await get('?status=delivered'))).toEqual({ deliveries: [], next: null });
    const nobody = await api.call('GET', '/api/apps/nobody/webhooks/deliveries', {
      token: ADMIN_TOKEN,
    });
    expect(nobody.body).toEqual({ deliveries: [], next: null });
  });

  it('are paged, webhook by webhook, the latest first', async () => {
    const data: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = pageOf(await get(`?limit=2${cursor && `&cursor=${cursor}`}`));
      expect(page.deliveries.length).toBe(2);
      data.push(...page.deliveries.map(({ event }) => event.data));
      cursor = page.next;
    }
    expect(data).toEqual([2, 4, 3, 2, 1, 0]);
  });

  it('that are asked for in a wrong way are refused', async () => {
    for (const query of ['?status=lost', '?cursor=1', '?limit=0', '?limit=101']) {
      expect((await get(query)).status).toBe(400);
    }
    expect((await retry('1')).status).toBe(400);
    expect((await retry('1-999')).status).toBe(404);
    const [{ id } = { id: '' }] = pageOf(await get()).deliveries;
    expect((await retry(id, '/api/apps/other/webhooks/deliveries')).status).toBe(404);
  });

  it('are sent again', async () => {
    const all = pageOf(await get()).deliveries;
    const { id } = all.find(({ event }) => event.data === 0)!;
    receiver.answer = () => 200;
    const posts = receiver.received.length;
    const reply = await retry(id);
    expect(reply).toMatchObject({
      status: 200,
      body: { status: 'pending', attempts: 0, event: { data: 0 } },
    });
    await until('it has arrived', () => receiver.received.length > posts);
    expect(receiver.events.at(-1)?.data).toBe(0);
    expect(receiver.received.at(-1)?.headers.authorization).toBe('its secret');
    await until(
      'it is delivered',
      async () => pageOf(await get('?status=delivered')).deliveries.length === 1,
    );
    expect(pageOf(await get()).deliveries).toHaveLength(5);
    expect((await retry(id)).status).toBe(404);
    // What was delivered may be sent once more too; meanwhile it cannot be.
    receiver.answer = () => silence;
    const [again] = pageOf(await get('?status=delivered')).deliveries;
    const { body } = await retry(again!.id);
    expect((await retry((body as { id: string }).id)).status).toBe(409);
  });
});
