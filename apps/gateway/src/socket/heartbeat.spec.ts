import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { CLOSE_CODES } from '@hubbub/protocol';
import type { WebSocket } from 'ws';
import { until } from '../testing/until';
import { SocketBed } from './testing/socket-bed';

const TEXT = 0x81;
const PING = Buffer.of(0x89, 0);

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

it('P5: where something is said, the ping comes in one write with that', async () => {
  const slower = await SocketBed.start({ HEARTBEAT_SECONDS: '2' });
  try {
    const token = await slower.botToken('speaker');
    const room = await slower.room('lively', token);
    const speaker = await slower.open({ token });
    const viewer = await slower.open();
    await viewer.ask('join', { room });
    await speaker.ask('join', { room });
    let pings = 0;
    viewer.ws.on('ping', () => pings++);
    const chunks: Buffer[] = [];
    socketOf(viewer.ws).on('data', (chunk: Buffer) => chunks.push(chunk));
    const isFrameWithPing = (chunk: Buffer) =>
      chunk[0] === TEXT && chunk.length > PING.length && chunk.subarray(-PING.length).equals(PING);
    await until('one did', async () => {
      const said = await speaker.ask('send', { room, key: randomUUID(), text: 'hello' });
      expect(said.event).toBe('ok');
      return chunks.some(isFrameWithPing);
    });
    await until('it was heard', () => pings > 0);
    // What was behind a frame is not said again by itself.
    expect(chunks.filter((chunk) => chunk.equals(PING))).toHaveLength(
      pings - chunks.filter(isFrameWithPing).length,
    );
    expect(viewer.frames.filter(({ event }) => event === 'error')).toEqual([]);
  } finally {
    await slower.close();
  }
});

function socketOf(ws: WebSocket): Socket {
  return (ws as unknown as { _socket: Socket })._socket;
}

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
