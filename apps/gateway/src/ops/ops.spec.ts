import { startApi, type Api } from '../http/testing/api';
import { Drain } from './drain';
import { Metrics } from './metrics';

let api: Api;
beforeAll(async () => {
  api = await startApi({ GATEWAY_ID: 'gateway-7' });
});
afterAll(() => api.close());

describe('what operations ask', () => {
  it('is whether it is alive', async () => {
    await expect(api.call('GET', '/healthz')).resolves.toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
  });

  it('is what it counts, in the form of Prometheus', async () => {
    const metrics = api.app.get(Metrics);
    metrics.connections.inc(3);
    metrics.framesIn.add('send', 'ok');
    metrics.framesIn.add('send', 'ok');
    metrics.commitEntries.observe(40);
    await api.call('GET', '/api/rooms/nowhere');
    const reply = await api.call('GET', '/metrics');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (reply.body as string).split('\n');
    expect(lines).toContain('hubbub_connections{gateway="gateway-7"} 3');
    expect(lines).toContain(
      'hubbub_frames_in_total{event="send",outcome="ok",gateway="gateway-7"} 2',
    );
    expect(lines).toContain('hubbub_commit_entries_bucket{le="50",gateway="gateway-7"} 1');
    expect(lines).toContain('hubbub_database_up{gateway="gateway-7"} 1');
    expect(lines).toContain('hubbub_redis_up{gateway="gateway-7"} 1');
    expect(lines).toContain(
      'hubbub_http_seconds_count{gateway="gateway-7",method="GET",route="/api/rooms/:slug",status="404"} 1',
    );
    expect(reply.body).toContain('nodejs_eventloop_lag_seconds');
    expect(reply.body).toMatch(/^hubbub_loop_stall_seconds\{gateway="gateway-7"\} \d/m);
  });

  it('G8: is whether it takes traffic, which it does not once it drains', async () => {
    await expect(api.call('GET', '/readyz')).resolves.toMatchObject({ status: 200 });
    api.app.get(Drain).begin();
    const reply = await api.call('GET', '/readyz');
    expect(reply).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(reply.headers.get('retry-after')).toBe('1');
    await expect(api.call('GET', '/healthz')).resolves.toMatchObject({ status: 200 });
  });
});
