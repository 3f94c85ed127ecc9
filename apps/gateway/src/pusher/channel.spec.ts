import type { Outgoing } from '../fanout/outgoing';
import { until } from '../testing/until';
import { Channel } from './channel';

function createChannel(name: string) {
  const counts: number[] = [];
  const channel = new Channel({
    app: 'app',
    name,
    loadRoster: () => Promise.resolve(null),
    report: () => undefined,
  });
  const transport = {
    isOpen: true,
    backlogBytes: 0,
    write: ({ texts }: Outgoing) => {
      for (const text of texts) {
        const { event, data } = JSON.parse(text) as {
          event: string;
          data: { subscription_count: number };
        };
        if (event.endsWith('subscription_count')) counts.push(data.subscription_count);
      }
    },
    giveUp: () => undefined,
  };
  channel.add({ socketId: '1.1', transport, close: () => undefined }, undefined);
  return { channel, counts };
}

describe('the number of subscriptions', () => {
  it('is told whenever it changes, while there are few', async () => {
    const { channel, counts } = createChannel('room');
    for (const count of [1, 2, 2, 3, 100]) channel.count(count);
    await until('all are told', () => counts.length === 4);
    expect(counts).toEqual([1, 2, 3, 100]);
    channel.close();
  });

  it('is told every 5 s, while there are more than 100', async () => {
    const { channel, counts } = createChannel('room');
    const startedAt = performance.now();
    for (let count = 101; count <= 500; count++) channel.count(count);
    await until('the last is told', () => counts.length === 2);
    expect(performance.now() - startedAt).toBeGreaterThan(4_000);
    expect(counts).toEqual([101, 500]);
    channel.close();
  });
});
