import { CLOSE_CODES } from '@hubbub/protocol';
import { until } from '../testing/until';
import { SocketBed } from './testing/socket-bed';

let bed: SocketBed;
beforeEach(async () => {
  bed = await SocketBed.start({ HEARTBEAT_SECONDS: '1' });
});
afterEach(() => bed.close());

it('P5: who is silent for two heartbeats is closed 4408, who answers pings is not', async () => {
  const there = await bed.open();
  const openedAt = performance.now();
  const silent = await bed.open({ autoPong: false });
  expect(silent.welcome['heartbeatMs']).toBe(1_000);
  let pings = 0;
  silent.ws.on('ping', () => pings++);
  expect((await silent.end()).code).toBe(CLOSE_CODES.silent.code);
  expect(performance.now() - openedAt).toBeGreaterThan(1_900);
  expect(pings).toBeGreaterThan(0);
  expect(there.closed).toBeNull();
  expect(await there.ask('ping')).toMatchObject({ event: 'ok' });
});

it('P5: a gateway that was held up for longer closes nobody for not having been heard', async () => {
  const there = await bed.open();
  const heldUntil = performance.now() + 2_500;
  while (performance.now() < heldUntil);
  expect(await there.ask('ping')).toMatchObject({ event: 'ok' });
  expect(there.closed).toBeNull();
});

/** Connections that the gateway has seen closed, with whatever code. */
async function closes(): Promise<number> {
  const text = await (await fetch(`http://${bed.host}/metrics`)).text();
  const counts = [...text.matchAll(/^hubbub_closes_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

it('P5: who stops hearing anything is closed, though its network says nothing', async () => {
  const asleep = await bed.open();
  asleep.ws.pause();
  await until('it is gone', async () => (await closes()) === 1);
  asleep.drop();
});
