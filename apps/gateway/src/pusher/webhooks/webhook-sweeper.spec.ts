import { WebhookDeliveryEntity } from '../../store/entities/webhook-delivery.entity';
import { WebhookLaneEntity } from '../../store/entities/webhook-lane.entity';
import { Stage, type Kind } from '../../store/testing/stage';
import { silent } from '../../testing/silent-log';
import { until } from '../../testing/until';
import { WebhookStore, type NewDelivery } from './webhook-store';
import { WebhookSweeper } from './webhook-sweeper';

jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const KINDS: Kind[] = ['sqlite', 'mysql'];

describe.each(KINDS)('old deliveries over %s', (kind) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.create(kind);
  });
  afterAll(() => stage.close());

  const delivery = (webhook: string, n: number): NewDelivery => ({
    appId: 'app',
    webhook,
    target: 'http://somewhere/',
    eventId: `event-${String(n)}`,
    orderingKey: 'key',
    body: '{}',
    recordedAt: Date.now(),
  });

  it('are removed when their time is over, and a lane with the last of them', async () => {
    const { database } = await stage.gateway();
    const store = new WebhookStore(database);
    const deliveries = database.repository(WebhookDeliveryEntity);
    const lanes = database.repository(WebhookLaneEntity);
    for (let n = 0; n < 1_200; n += 200) {
      await store.insert(Array.from({ length: 200 }, (_, i) => delivery('kept', n + i)));
    }
    await store.insert([delivery('gone', 0)]);
    const [kept, gone] = await lanes.find({ order: { id: 'ASC' } });
    const settle = (
      laneId: number,
      seqs: number[],
      state: 'delivered' | 'failed',
      agoHours: number,
    ) =>
      store.settle(laneId, seqs, {
        state,
        at: Date.now() - agoHours * HOUR_MS,
        dueAt: null,
        status: null,
        error: null,
      });
    const seqs = (await deliveries.findBy({ laneId: kept!.id })).map(({ seq }) => seq);
    await settle(kept!.id, seqs.slice(0, 1_100), 'delivered', 3);
    await settle(kept!.id, seqs.slice(1_100, 1_120), 'delivered', 1);
    await settle(kept!.id, seqs.slice(1_120, 1_140), 'failed', 3);
    await settle(kept!.id, seqs.slice(1_140, 1_160), 'failed', 5);
    await settle(gone!.id, [1], 'delivered', 3);
    const sweeper = new WebhookSweeper({
      database,
      log: silent,
      keepDeliveredMs: 2 * HOUR_MS,
      keepFailedMs: 4 * HOUR_MS,
      sweepEveryMs: 50,
    });
    const left = async () => [
      await deliveries.countBy({ state: 'delivered' }),
      await deliveries.countBy({ state: 'failed' }),
      await deliveries.countBy({ state: 'pending' }),
      await lanes.count(),
    ];
    await until('the old ones are gone', async () => (await left()).join() === '20,20,40,1');
    await sweeper.close();
    expect(await lanes.findOneBy({ id: kept!.id })).not.toBeNull();
    // Whoever knows the lane of old makes it anew.
    await expect(store.insert([delivery('gone', 1)])).resolves.not.toEqual([gone!.id]);
  });
});
