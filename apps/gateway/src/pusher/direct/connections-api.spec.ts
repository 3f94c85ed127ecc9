import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClientConfig,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { WebSocket } from 'ws';
import { CuttingProxy } from '../../testing/cutting-proxy';
import { RedisServer } from '../../testing/redis-server';
import { until } from '../../testing/until';
import type { PusherApp } from '../app';
import { TestApps } from '../testing/test-apps';
import { TestClient } from '../testing/test-client';
import { TestGateway } from './testing/test-gateway';

const REGION = 'eu-central-1';
const HOUR_MS = 3_600_000;

jest.setTimeout(60_000);

/** Asks again while nobody can tell, as it is for a moment where this process or Redis was held up for a second. */
function told<T>(ask: () => Promise<T>): Promise<T> {
  return until('it is told', async () => {
    try {
      return [await ask()] as const;
    } catch (error) {
      if ((error as Error).name !== 'ServiceUnavailableException') throw error;
      return null;
    }
  }).then(([answer]) => answer);
}

describe('/@connections, by the SDK of AWS', () => {
  let redis: RedisServer;
  const apps = new TestApps();
  const app = apps.add({ id: 'one' });
  const other = apps.add({ id: 'two' });
  let a: TestGateway;
  let b: TestGateway;
  const sdks: ApiGatewayManagementApiClient[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
    [a, b] = await Promise.all([
      TestGateway.start(apps, redis.url, 'a'),
      TestGateway.start(apps, redis.url, 'b'),
    ]);
  });

  afterEach(() => {
    for (const sdk of sdks.splice(0)) sdk.destroy();
  });

  afterAll(async () => {
    await Promise.all([a, b].map((gateway) => gateway.close()));
    await redis.kill();
  });

  function sdk(
    gateway: TestGateway,
    { key, secret }: Pick<PusherApp, 'key' | 'secret'> = app,
    more: Partial<ApiGatewayManagementApiClientConfig> = {},
  ): ApiGatewayManagementApiClient {
    const made = new ApiGatewayManagementApiClient({
      endpoint: gateway.url,
      region: REGION,
      credentials: { accessKeyId: key, secretAccessKey: secret },
      maxAttempts: 1,
      ...more,
    });
    sdks.push(made);
    return made;
  }

  const post = (by: ApiGatewayManagementApiClient, to: TestClient | string, data: string) => {
    const ConnectionId = typeof to === 'string' ? to : to.socketId;
    const Data = Buffer.from(data);
    return told(() => by.send(new PostToConnectionCommand({ ConnectionId, Data })));
  };
  const get = (by: ApiGatewayManagementApiClient, { socketId }: TestClient) =>
    told(() => by.send(new GetConnectionCommand({ ConnectionId: socketId })));
  const remove = (by: ApiGatewayManagementApiClient, { socketId }: TestClient) =>
    by.send(new DeleteConnectionCommand({ ConnectionId: socketId }));

  it('writes the data as one message, whichever gateway is asked', async () => {
    const client = await a.client(app);
    const bystander = await a.client(app);
    for (const [gateway, text] of [
      [a, 'not even JSON: "ä" 弹幕'],
      [b, '{"event":"hello"}'],
    ] as const) {
      expect((await post(sdk(gateway), client, text)).$metadata.httpStatusCode).toBe(200);
      // The answer is given after the message was written.
      await until('the message is here', () => client.texts.at(-1) === text);
    }
    expect(bystander.texts).toHaveLength(1);
  });

  it('tells who a connection is, and since when', async () => {
    const before = Date.now();
    const client = TestClient.dial(b.socketUrl(app), app, { 'user-agent': 'browser/1.0' });
    const { data } = await client.next('pusher:connection_established');
    client.socketId = (JSON.parse(data as string) as { socket_id: string }).socket_id;
    const found = await get(sdk(a), client);
    expect(found.Identity).toEqual({ SourceIp: '127.0.0.1', UserAgent: 'browser/1.0' });
    expect(found.ConnectedAt?.getTime()).toBeGreaterThanOrEqual(before);
    expect(found.LastActiveAt).toEqual(found.ConnectedAt);
    await client.settle();
    await until('the ping was active', async () => {
      const { ConnectedAt, LastActiveAt } = await get(sdk(a), client);
      return LastActiveAt!.getTime() > ConnectedAt!.getTime();
    });
    client.drop();
  });

  it('closes a connection, with a code after which it does not come back', async () => {
    for (const gateway of [a, b]) {
      // Another one each time: it may have been done where nobody can tell.
      const [client, { $metadata }] = await told(async () => {
        const its = await a.client(app);
        return [its, await remove(sdk(gateway), its)] as const;
      });
      expect($metadata.httpStatusCode).toBe(204);
      expect((await client.end()).code).toBe(4009);
      await expect(post(sdk(gateway), client, 'x')).rejects.toThrow(GoneException);
    }
  });

  it('says that a connection is gone which never was, has ended, or is another app’s', async () => {
    // For the first 2 s after it has found Redis, a gateway does not know who else is still on the way.
    const client = await a.client(app);
    const gone = await a.client(app);
    gone.drop();
    await until('it has ended', () => a.connections.find(gone.socketId) === undefined);
    for (const gateway of [a, b]) {
      for (const id of [gone.socketId, '17.4', 'nonsense', 'L0SM9cOFvHcCIhw=', '../x']) {
        await expect(post(sdk(gateway), id, 'x')).rejects.toThrow(GoneException);
      }
      for (const command of [get, remove]) {
        const asked = told<unknown>(() => command(sdk(gateway, other), client));
        await expect(asked).rejects.toThrow(GoneException);
      }
      await expect(post(sdk(gateway, other), client, 'x')).rejects.toThrow(GoneException);
    }
    expect(client.closed).toBeNull();
    expect(client.texts).toHaveLength(1);
  });

  it('takes up to 128 KB', async () => {
    const client = await a.client(app);
    const largest = 'x'.repeat(128 * 1024);
    await post(sdk(b), client, largest);
    await until('the message is here', () => client.texts.at(-1) === largest);
    for (const size of [largest.length + 1, 900_000]) {
      const tooMuch = post(sdk(b), client, 'x'.repeat(size));
      await expect(tooMuch).rejects.toThrow(PayloadTooLargeException);
    }
  });

  it('G6: writes no more to a connection that does not read', async () => {
    const socket = new WebSocket(a.socketUrl(app));
    const [first] = (await once(socket, 'message')) as [Buffer];
    const { data } = JSON.parse(first.toString()) as { data: string };
    const { socket_id: socketId } = JSON.parse(data) as { socket_id: string };
    socket.pause();
    const by = sdk(b);
    const text = 'x'.repeat(100 * 1024);
    const fill = async () => {
      for (let i = 0; i < 500; i++) await post(by, socketId, text);
    };
    await expect(fill()).rejects.toThrow(LimitExceededException);
    expect(a.connections.find(socketId)?.transport.backlogBytes).toBeLessThan(500_000);
    socket.resume();
    await until('it has read', async () => {
      try {
        await post(by, socketId, 'end');
        return true;
      } catch (error) {
        if (error instanceof LimitExceededException) return false;
        throw error;
      }
    });
    socket.terminate();
  });

  it('refuses whoever does not hold the secret', async () => {
    const client = await a.client(app);
    for (const wrong of [
      { key: app.key, secret: other.secret },
      { key: 'nobody', secret: app.secret },
    ]) {
      const refused = post(sdk(b, wrong), client, 'x');
      await expect(refused).rejects.toThrow(ForbiddenException);
      await expect(get(sdk(a, wrong), client)).rejects.toThrow(ForbiddenException);
    }
    expect(client.texts).toHaveLength(1);
  });

  it('refuses an app that is disabled', async () => {
    const disabled = apps.add({ id: 'disabled', enabled: false });
    await expect(post(sdk(a, disabled), '1.1', 'x')).rejects.toThrow(ForbiddenException);
  });

  it('takes a signature for 5 minutes, and lets the SDK correct its clock', async () => {
    const client = await a.client(app);
    for (const systemClockOffset of [-HOUR_MS, HOUR_MS]) {
      const wrong = sdk(a, app, { systemClockOffset });
      await expect(post(wrong, client, 'too late')).rejects.toThrow(ForbiddenException);
      await post(wrong, client, 'corrected');
    }
    await post(sdk(a, app, { systemClockOffset: -4 * 60_000 }), client, 'in time');
    await until('all came', () => client.texts.length === 4);
    expect(client.texts.slice(1)).toEqual(['corrected', 'corrected', 'in time']);
  });

  it('signs the whole request: what is changed on the way is refused', async () => {
    const client = await a.client(app);
    const victim = await a.client(app);
    const changes: Record<string, (it: Sent) => void> = {
      body: (it) => (it.body = 'y'),
      'the digest of the body with it': (it) => {
        it.body = 'y';
        delete it.headers['x-amz-content-sha256'];
      },
      'no digest of the body': (it) => (it.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'),
      path: (it) => (it.path = `/%40connections/${victim.socketId}`),
      method: (it) => (it.method = 'DELETE'),
      query: (it) => (it.path += '?x=1'),
      time: (it) =>
        (it.headers['x-amz-date'] = new Date(Date.now() + 30_000)
          .toISOString()
          .replace(/[-:]|\.\d+/g, '')),
      'the signed headers': (it) =>
        (it.headers['authorization'] = it.headers['authorization']!.replace(';host', '')),
      signature: (it) => (it.headers['authorization'] = `${it.headers['authorization']!}0`),
      'the service': (it) =>
        (it.headers['authorization'] = it.headers['authorization']!.replace(
          '/execute-api/',
          '/s3/',
        )),
    };
    const signed = await signedRequest(sdk(a), client);
    expect((await send(a, signed)).statusCode).toBe(200);
    for (const [what, change] of Object.entries(changes)) {
      const changed = { ...signed, headers: { ...signed.headers } };
      change(changed);
      const { statusCode, headers } = await send(a, changed);
      expect([what, statusCode, headers['x-amzn-errortype']]).toEqual([
        what,
        403,
        'ForbiddenException',
      ]);
    }
    expect(client.closed).toBeNull();
    expect(client.texts).toHaveLength(2);
    expect(victim.texts).toHaveLength(1);
  });

  it('answers errors in the form of AWS', async () => {
    const unsigned = await fetch(`${a.url}/@connections/1.1`);
    expect(unsigned.status).toBe(403);
    expect(unsigned.headers.get('x-amzn-errortype')).toBe('ForbiddenException');
    expect(unsigned.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await unsigned.json()).toEqual({ message: 'Missing Authentication Token' });
    for (const [method, path] of [
      ['PUT', '/@connections/1.1'],
      ['GET', '/@connections'],
      ['GET', '/@connections/1.1/more'],
      ['GET', '/other'],
    ] as const) {
      expect((await fetch(a.url + path, { method })).status).toBe(418);
    }
  });

  it('refuses data that is no text', async () => {
    const client = await a.client(app);
    const command = new PostToConnectionCommand({
      ConnectionId: client.socketId,
      Data: Buffer.from([0xff, 0xfe]),
    });
    await expect(sdk(b).send(command)).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(client.texts).toHaveLength(1);
  });

  interface Sent {
    method: string;
    path: string;
    headers: Record<string, string>;
    body: string;
  }

  /** What the SDK would send. */
  async function signedRequest(
    by: ApiGatewayManagementApiClient,
    client: TestClient,
  ): Promise<Sent> {
    let sent: Sent | undefined;
    by.middlewareStack.add(
      (next) => (args) => {
        const { method, path, headers } = args.request as Sent;
        sent = { method, path, headers: { ...headers }, body: 'x' };
        return next(args);
      },
      { step: 'deserialize', priority: 'low' },
    );
    await post(by, client, 'x');
    client.texts.splice(1);
    return sent!;
  }

  async function send(gateway: TestGateway, { method, path, headers, body }: Sent) {
    const sent = request(gateway.url + path, { method, headers }).end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response;
  }
});

describe('/@connections while Redis is away', () => {
  it('still reaches the connections of the gateway that is asked, and comes back by itself', async () => {
    const redis = await RedisServer.start();
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const proxy = await CuttingProxy.start(redis.port);
    const a = await TestGateway.start(apps, redis.url, 'a');
    const b = await TestGateway.start(apps, `redis://127.0.0.1:${String(proxy.port)}`, 'b');
    try {
      const [here, there] = [await a.client(app), await b.client(app)];
      const run = (to: TestClient) => a.control.run(app, to.socketId, { type: 'post', text: 'x' });
      const untilReached = () =>
        until('the other gateway is reached', async () => {
          try {
            expect(await run(there)).toEqual({ type: 'done' });
            return true;
          } catch (error) {
            expect(error).toMatchObject({ code: 'unavailable' });
            return false;
          }
        });
      await untilReached();

      redis.pause();
      await until('the bus is unwell', () => !a.bus.isWell);
      expect(await run(here)).toEqual({ type: 'done' });
      await expect(run(there)).rejects.toMatchObject({ code: 'unavailable' });
      const credentials = { accessKeyId: app.key, secretAccessKey: app.secret };
      const sdk = new ApiGatewayManagementApiClient({
        endpoint: a.url,
        region: REGION,
        credentials,
        maxAttempts: 1,
      });
      const asked = sdk.send(
        new PostToConnectionCommand({ ConnectionId: there.socketId, Data: Buffer.from('x') }),
      );
      await expect(asked).rejects.toMatchObject({
        name: 'ServiceUnavailableException',
        $response: { headers: { 'retry-after': '1' } },
      });
      sdk.destroy();

      redis.resume();
      await redis.kill();
      await redis.start();
      // Nobody is believed to be gone who only is not back yet.
      await untilReached();

      proxy.partition();
      // By a timer: where this process is held up, both are as late.
      const late = delay(1_500, 'late', { ref: false });
      const first = Promise.race([run(there), late]);
      await expect(first).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      await Promise.all([a.close(), b.close()]);
      await proxy.close();
      await redis.kill();
    }
  });

  it('says at once that a connection is gone with its gateway', async () => {
    const redis = await RedisServer.start();
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const a = await TestGateway.start(apps, redis.url, 'a');
    const b = await TestGateway.start(apps, redis.url, 'b');
    const { socketId } = await b.client(app);
    await b.close();
    // Whoever waits for an answer in vain is told that nobody can tell.
    await until('it is gone', async () => {
      try {
        return (await a.control.run(app, socketId, { type: 'get' })).type === 'gone';
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
        return false;
      }
    });
    await a.close();
    await redis.kill();
  });
});
