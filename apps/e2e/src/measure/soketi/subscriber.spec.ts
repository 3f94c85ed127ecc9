import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type RawData } from 'ws';
import { waitFor } from '../../testing/wait-for';
import { Subscriber } from './subscriber';
import { CHANNEL, eventAt } from './wire';

const EVENTS = 50;

/** Greets, and gives events and what is none to whoever subscribes; or refuses. */
async function serve(answer: 'subscription_succeeded' | 'subscription_error') {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const pongs: string[] = [];
  server.on('connection', (socket) => {
    const send = (message: object) => {
      socket.send(JSON.stringify(message));
    };
    socket.on('pong', (data) => pongs.push(data.toString()));
    socket.on('message', (data: RawData) => {
      expect(JSON.parse((data as Buffer).toString())).toEqual({
        event: 'pusher:subscribe',
        data: { channel: CHANNEL },
      });
      const isRefused = answer === 'subscription_error';
      send({ event: `${isRefused ? 'pusher' : 'pusher_internal'}:${answer}`, channel: CHANNEL });
      send({ event: 'pusher_internal:subscription_count', channel: CHANNEL, data: {} });
      socket.ping();
      for (let i = 0; i < EVENTS; i++) {
        const { name, channel, data } = eventAt(i);
        send({ event: name, channel, data });
      }
    });
    send({ event: 'pusher:connection_established', data: '{"socket_id":"1.1"}' });
  });
  await once(server, 'listening');
  return { server, pongs, port: (server.address() as AddressInfo).port };
}

describe('a subscriber', () => {
  let server: WebSocketServer;
  afterEach(async () => {
    for (const client of server.clients) client.terminate();
    server.close();
    await once(server, 'close');
  });

  it.each([true, false])('counts events and nothing else (sampled: %s)', async (isSampled) => {
    const it = await serve('subscription_succeeded');
    server = it.server;
    const seen: number[] = [];
    const sample = isSampled ? (dueAt: number) => seen.push(dueAt) : null;
    const subscriber = await Subscriber.open(it.port, sample);
    await waitFor(() => subscriber.deliveries === EVENTS, { what: 'all are counted' });
    await waitFor(() => it.pongs.length === 1, { what: 'the ping is answered' });
    expect(seen).toEqual(isSampled ? Array.from({ length: EVENTS }, (_, i) => i) : []);
    expect(subscriber.isClosed).toBe(false);
    for (const client of it.server.clients) client.close();
    await waitFor(() => subscriber.isClosed, { what: 'it sees the close' });
    expect(subscriber.deliveries).toBe(EVENTS);
  });

  it('says what it was refused with', async () => {
    const it = await serve('subscription_error');
    server = it.server;
    await expect(Subscriber.open(it.port, null)).rejects.toThrow('subscription_error');
  });
});
