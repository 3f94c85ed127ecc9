import { inMs, quantile, runScript } from '../script';
import { Api } from '../testing/api';
import { RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

/** From the sending of a message to its arrival at a reader on another gateway, where nothing else is going on. */
await runScript(
  {
    command: 'npx nx latency e2e',
    numbers: { messages: 2_000 },
    cluster: { gateways: 3 },
  },
  async ({ cluster, number, progress }) => {
    const api = new Api(cluster.url, cluster.adminToken);
    const room = await api.room(await api.account());
    const sender = await RawClient.open(cluster.gateway(0), { token: (await api.bot()).token });
    const reader = await RawClient.open(cluster.gateway(1));
    for (const client of [sender, reader]) await client.ok('join', { room });
    const seenAt = new Map<number, number>();
    reader.onFrame((frame) => {
      const at = performance.now();
      if (frame.event === 'log') for (const { seq } of frame.data.entries) seenAt.set(seq, at);
    });
    const seen: number[] = [];
    const acknowledged: number[] = [];
    const say = async (i: number) => {
      const sentAt = performance.now();
      const { seq } = await sender.say(room, `message ${String(i)}`);
      const okAt = performance.now();
      await waitFor(() => seenAt.has(seq), { what: 'it is seen', everyMs: 0 });
      return { seen: (seenAt.get(seq) ?? Infinity) - sentAt, ok: okAt - sentAt };
    };
    // Code that has run before is faster: that is how a gateway is after its first seconds.
    for (let i = 0; i < 200; i++) await say(i);
    const messages = number('messages');
    for (let i = 0; i < messages; i++) {
      const it = await say(i);
      seen.push(it.seen);
      acknowledged.push(it.ok);
      if (i % 500 === 0) progress(`${String(i)} of ${String(messages)} messages`);
    }
    const row = (what: string, values: number[], share: number): [string, string] => [
      what,
      inMs(quantile(values, share)),
    ];
    for (const client of [sender, reader]) client.drop();
    return {
      rows: [
        ['messages', String(messages)],
        row('sent to seen on another gateway, p50', seen, 0.5),
        row('sent to seen on another gateway, p99', seen, 0.99),
        row('sent to seen on another gateway, worst', seen, 1),
        row('sent to acknowledged, p50', acknowledged, 0.5),
        row('sent to acknowledged, p99', acknowledged, 0.99),
      ],
      problems: [...sender.violations, ...reader.violations],
    };
  },
);
