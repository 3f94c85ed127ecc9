import { createHash, createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { freePort } from '../../testing/server-process';
import type { PusherApp } from '../app';
import { sign } from '../signature';
import { Receiver, silence, type Received } from './testing/receiver';
import { makeHookedApp } from './testing/webhook-stage';
import { WebhookPoster, type PosterOptions } from './webhook-poster';
import type { Delivery } from './webhook-store';

const EVENT = '{"name":"client_event","channel":"private-a","data":"ö"}';
const DELIVERY: Delivery = {
  seq: 1,
  orderingKey: 'key',
  body: EVENT,
  recordedAt: 1_700_000_000_123,
  queuedAt: 1_700_000_000_123,
  attempts: 0,
  dueAt: null,
};
const BODY = `{"time_ms":1700000000123,"events":[${EVENT}]}`;

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.close());

const post = (
  app: PusherApp,
  options: Partial<PosterOptions> = {},
  signal = new AbortController().signal,
) => {
  const poster = new WebhookPoster({ timeoutMs: 5_000, awsCredentials: null, ...options });
  return poster.post({ app, webhook: app.webhooks[0]! }, [DELIVERY], signal);
};
const hooked = (webhook: object) =>
  makeHookedApp('app', [{ event_types: ['client_event'], ...webhook }]);

describe('a post', () => {
  it('gives a user and a password of the address as HTTP has it, where no header says otherwise', async () => {
    const url = receiver.url.replace('//', '//us%40er:pass%3Aword@');
    await expect(post(hooked({ url }))).resolves.toEqual({ isOk: true, status: 200 });
    await post(hooked({ url, headers: { authorization: 'Bearer token' } }));
    expect(receiver.received.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('us@er:pass:word').toString('base64')}`,
      'Bearer token',
    ]);
  });

  it('that has no answer in time has failed', async () => {
    receiver.answer = () => silence;
    const app = hooked({ url: receiver.url });
    await expect(post(app, { timeoutMs: 100 })).resolves.toMatchObject({
      isOk: false,
      status: null,
      error: 'there was no answer in time',
      isFinal: false,
    });
  });

  it('says why nobody is there', async () => {
    const url = `http://127.0.0.1:${String(await freePort())}/`;
    await expect(post(hooked({ url }))).resolves.toMatchObject({ error: 'ECONNREFUSED' });
  });

  it.each([300, 302, 304, 400, 404, 410, 500])('answered with %i has failed', async (status) => {
    receiver.answer = () => (response: ServerResponse) => {
      // The lowest code that is no interim answer.
      response.writeHead(status === 199 ? 300 : status).end();
    };
    await expect(post(hooked({ url: receiver.url }))).resolves.toMatchObject({ isOk: false });
  });

  it('of a body without an end keeps the beginning of it, and reads no further', async () => {
    let written = 0;
    receiver.answer = () => (response: ServerResponse) => {
      response.writeHead(500);
      const write = () => {
        while (!response.destroyed && written < 1e9) {
          written += 65_536;
          if (!response.write('x'.repeat(65_536))) break;
        }
      };
      response.on('drain', write);
      write();
    };
    const posted = await post(hooked({ url: receiver.url }));
    expect(posted).toMatchObject({ isOk: false, status: 500 });
    expect(posted.isOk ? '' : posted.error).toHaveLength('answered 500 '.length + 300);
    expect(written).toBeLessThan(1e8);
  });

  it('that is broken off ends at once', async () => {
    receiver.answer = () => silence;
    const ending = new AbortController();
    const posted = post(hooked({ url: receiver.url }), {}, ending.signal);
    setTimeout(() => {
      ending.abort();
    }, 50);
    await expect(posted).resolves.toMatchObject({ isOk: false, error: 'this gateway is closing' });
  });
});

/** What AWS does with a request, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html . */
function isSigned({ path, headers, body }: Received, secret: string): boolean {
  const { authorization = '' } = headers;
  const [, credential = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(
      authorization,
    ) ?? [];
  const [, ...scope] = credential.split('/');
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest();
  const canonicalPath = path.split('/').map(encodeURIComponent).join('/');
  const canonicalHeaders = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = [
    'POST',
    canonicalPath,
    '',
    canonicalHeaders.join(''),
    names,
    sha256(body),
  ].join('\n');
  const date = String(headers['x-amz-date']);
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return createHmac('sha256', key).update(text).digest('hex') === signature;
}

describe('an invocation of a Lambda function', () => {
  const lambda = (more: object = {}) => ({
    region: 'eu-west-1',
    async: true,
    client_options: {
      endpoint: receiver.origin,
      credentials: { accessKeyId: 'ID', secretAccessKey: 'SECRET', sessionToken: 'TOKEN' },
    },
    ...more,
  });

  it('is signed, and gives the function what is posted elsewhere', async () => {
    receiver.answer = () => 202;
    const name = 'arn:aws:lambda:eu-west-1:123456789012:function:hook:live';
    const app = hooked({ lambda_function: name, lambda: lambda(), headers: { 'X-Own': 'mine' } });
    await expect(post(app)).resolves.toEqual({ isOk: true, status: 202 });
    const [received] = receiver.received;
    expect(received?.path).toBe(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`);
    expect(received?.headers).toMatchObject({
      'x-amz-invocation-type': 'Event',
      'x-amz-security-token': 'TOKEN',
      'content-type': 'application/json',
    });
    expect(received?.headers.authorization).toMatch(
      /Credential=ID\/\d{8}\/eu-west-1\/lambda\/aws4_request/,
    );
    expect(isSigned(received!, 'SECRET')).toBe(true);
    expect(isSigned({ ...received!, body: `${received!.body} ` }, 'SECRET')).toBe(false);
    expect(isSigned(received!, 'OTHER')).toBe(false);
    expect(received?.body.startsWith(`{"payload":${BODY},`)).toBe(true);
    expect(JSON.parse(received!.body)).toEqual({
      payload: JSON.parse(BODY) as unknown,
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        'User-Agent': 'Hubbub-Webhooks/1.0',
        'X-Own': 'mine',
        'X-Pusher-Key': app.key,
        'X-Pusher-Signature': sign(app.secret, BODY),
      },
    });
  });

  it('waits for the answer where it is asked to, and fails with the function', async () => {
    const app = hooked({ lambda_function: 'hook', lambda: lambda({ async: false }) });
    await expect(post(app)).resolves.toEqual({ isOk: true, status: 200 });
    expect(receiver.received[0]?.headers['x-amz-invocation-type']).toBe('RequestResponse');
    receiver.answer = () => (response: ServerResponse) => {
      response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end('{"errorMessage":"no"}');
    };
    await expect(post(app)).resolves.toMatchObject({
      isOk: false,
      status: 200,
      error: 'the function failed: Unhandled {"errorMessage":"no"}',
    });
  });

  it('has the credentials of this gateway where the webhook has none', async () => {
    const client = { client_options: { endpoint: receiver.origin } };
    const app = hooked({ lambda_function: 'hook', lambda: lambda(client) });
    const awsCredentials = { accessKeyId: 'OUR-ID', secretAccessKey: 'OUR-SECRET' };
    await expect(post(app, { awsCredentials })).resolves.toMatchObject({ isOk: true });
    expect(receiver.received[0]?.headers.authorization).toContain('Credential=OUR-ID/');
    expect(isSigned(receiver.received[0]!, 'OUR-SECRET')).toBe(true);
    await expect(post(app)).resolves.toMatchObject({
      isOk: false,
      error: 'there are no credentials of AWS for this function',
    });
  });
});
