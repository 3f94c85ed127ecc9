import { once } from 'node:events';
import { connect } from 'node:net';
import type { Log } from '../../log';
import { Health } from './health';
import { MetricsServer } from './metrics-server';
import { PusherMetrics } from './pusher-metrics';
import { TestPusherApi } from './testing/pusher-api';

const CLOSING = '{"error":"The server is closing. Choose another server. :)","code":500}';
const LOW = '{"error":"Low on memory here. Choose another server. :)","code":500}';

describe('what Kubernetes asks', () => {
  it('is whether it is there, ready, and has memory', async () => {
    // A process that has run many tests has more than a gateway takes traffic with.
    const api = await TestPusherApi.start({
      SOKETI_HTTP_ACCEPT_TRAFFIC_MEMORY_THRESHOLD: '1000',
    });
    await expect(api.fetch('GET', '/')).resolves.toMatchObject({ status: 200, text: 'OK' });
    await expect(api.fetch('GET', '/ready')).resolves.toMatchObject({ status: 200, text: 'OK' });
    const reply = await api.fetch('GET', '/accept-traffic');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    const { memory } = JSON.parse(reply.text) as { memory: Record<string, number> };
    expect(Object.keys(memory)).toEqual(['usedSize', 'totalSize', 'percentUsage']);
    expect(memory['percentUsage']).toBeCloseTo(
      ((memory['usedSize'] ?? 0) / (memory['totalSize'] ?? 1)) * 100,
    );
    await api.close();
  });

  it('G8: is told that it drains, while calls are still answered', async () => {
    const api = await TestPusherApi.start();
    const app = api.apps.add({});
    api.isDraining = true;
    for (const path of ['/ready', '/accept-traffic']) {
      await expect(api.fetch('GET', path)).resolves.toMatchObject({ status: 500, text: CLOSING });
    }
    await expect(api.fetch('GET', '/')).resolves.toMatchObject({ status: 200 });
    const body = { name: 'said', channel: 'news', data: 'hello' };
    const reply = await api.call(app, 'POST', '/events', { body });
    expect(reply.status).toBe(200);
    await api.close();
  });

  it('is told that memory is short', async () => {
    const api = await TestPusherApi.start({
      SOKETI_HTTP_ACCEPT_TRAFFIC_MEMORY_THRESHOLD: '0.001',
    });
    await expect(api.fetch('GET', '/accept-traffic')).resolves.toMatchObject({
      status: 500,
      text: LOW,
    });
    await expect(api.fetch('GET', '/ready')).resolves.toMatchObject({ status: 200 });
    await api.close();
  });

  it('at / is the web app, where there is one, unless there is a path prefix', async () => {
    const WEB_URL = 'http://127.0.0.1:1';
    const plain = await TestPusherApi.start({ WEB_URL });
    await expect(plain.fetch('GET', '/')).resolves.toMatchObject({ status: 418 });
    await plain.close();
    const prefixed = await TestPusherApi.start({ WEB_URL, SOKETI_PATH_PREFIX: '/realtime' });
    await expect(prefixed.fetch('GET', '/')).resolves.toMatchObject({ status: 418 });
    await expect(prefixed.fetch('GET', '/realtime/')).resolves.toMatchObject({ text: 'OK' });
    await expect(prefixed.fetch('GET', '/realtime/ready')).resolves.toMatchObject({ text: 'OK' });
    await expect(prefixed.fetch('GET', '/ready')).resolves.toMatchObject({ status: 418 });
    await prefixed.close();
  });
});

describe('the metrics server', () => {
  const log: Log = { debug: fail, info: fail, warn: fail, error: fail };
  function fail(message: string): void {
    throw new Error(message);
  }
  const metrics = new PusherMetrics('soketi_', 6001);
  let isDraining = false;
  let server: MetricsServer;
  beforeAll(async () => {
    server = await MetricsServer.start({
      host: '127.0.0.1',
      port: 0,
      prefix: 'soketi_',
      metrics,
      health: new Health({ isDraining: () => isDraining, acceptTrafficThresholdPercent: 85 }),
      log,
    });
  });
  afterAll(() => server.close());
  const get = (path: string) => fetch(`http://127.0.0.1:${String(server.port)}${path}`);

  it('tells what was counted, by app and port, under the names of Soketi', async () => {
    metrics.connected('a');
    metrics.connected('a');
    metrics.disconnected('a');
    metrics.received('a', 100);
    metrics.sent('a', 50, 5_000);
    metrics.called('a', 10, 11);
    metrics.connected('b');
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const lines = (await response.text()).split('\n');
    for (const [name, value] of [
      ['connected', 1],
      ['new_connections_total', 2],
      ['new_disconnections_total', 1],
      ['socket_received_bytes', 100],
      ['socket_transmitted_bytes', 5000],
      ['ws_messages_received_total', 1],
      ['ws_messages_sent_total', 50],
      ['http_received_bytes', 10],
      ['http_transmitted_bytes', 11],
      ['http_calls_received_total', 1],
    ] as const) {
      expect(lines).toContain(`soketi_${name}{app_id="a",port="6001"} ${String(value)}`);
    }
    expect(lines).toContain('soketi_connected{app_id="b",port="6001"} 1');
    expect(lines).toContain('# TYPE soketi_connected gauge');
    expect(lines).toContain('# TYPE soketi_new_connections_total counter');
    expect(lines.some((line) => line.startsWith('soketi_process_cpu_seconds_total'))).toBe(true);
  });

  it('tells the same each time that nothing has happened', async () => {
    const read = async () => {
      const text = await (await get('/metrics')).text();
      return text.split('\n').filter((line) => line.includes('app_id='));
    };
    await expect(read()).resolves.toEqual(await read());
  });

  it('tells it as JSON', async () => {
    const response = await get('/metrics?json=1');
    const all = (await response.json()) as { name: string; values: unknown[] }[];
    const connected = all.find(({ name }) => name === 'soketi_connected');
    expect(connected?.values).toContainEqual({ value: 1, labels: { app_id: 'b', port: 6001 } });
  });

  it('G10: answers what is no path', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET // HTTP/1.1\r\nHost: x\r\n\r\nGET http://[ HTTP/1.1\r\nHost: x\r\n\r\n');
    let answers = '';
    while (answers.split('404 Not Found').length < 3) {
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      answers += bytes.toString();
    }
    socket.destroy();
    await expect((await get('/')).text()).resolves.toBe('OK');
  });

  it('answers for its health', async () => {
    await expect((await get('/')).text()).resolves.toBe('OK');
    await expect((await get('/ready')).text()).resolves.toBe('OK');
    const usage = (await (await get('/usage')).json()) as { memory: Record<string, number> };
    expect(Object.keys(usage.memory)).toEqual(['free', 'used', 'total', 'percent']);
    expect((await get('/nowhere')).status).toBe(404);
    isDraining = true;
    const response = await get('/ready');
    expect(response.status).toBe(500);
    await expect(response.text()).resolves.toBe(CLOSING);
    isDraining = false;
  });
});

describe('the HTTP API', () => {
  it('counts its calls', async () => {
    const api = await TestPusherApi.start();
    const app = api.apps.add({});
    const body = JSON.stringify({ name: 'said', channel: 'news', data: 'hello' });
    await api.call(app, 'POST', '/events', { body });
    const text = await api.metrics.registry.metrics();
    const labels = `{app_id="${app.id}",port="6001"}`;
    expect(text).toContain(`soketi_http_calls_received_total${labels} 1`);
    expect(text).toContain(`soketi_http_received_bytes${labels} ${String(body.length)}`);
    expect(text).toContain(`soketi_http_transmitted_bytes${labels} 11`);
    await api.close();
  });
});
