import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api, unique, type Person } from '../testing/api';
import { Chromium } from '../testing/browser';
import { Cluster } from '../testing/cluster';
import { Embedded } from '../testing/embedded';
import { kill } from '../testing/processes';
import { faultsOf, looseScripts, type Answer } from '../testing/security-headers';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);

const SECRET = `Title ${unique()}`;

let cluster: Cluster;
let api: Api;
let owner: Person;
let room: string;
let secretRoom: string;

interface Ask {
  path: string;
  status: number;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Walked extends Answer {
  ask: string;
  status: number;
  text: string;
}

const get = (status: number, ...paths: string[]): Ask[] => paths.map((path) => ({ path, status }));

/** Whatever a gateway and the web app answer behind one door. */
function asks(slug: string): Ask[] {
  const large = JSON.stringify({ name: 'x'.repeat(70_000) });
  const json = { 'content-type': 'application/json' };
  return [
    ...get(200, '/', '/create', `/r/${slug}`),
    ...get(404, '/r/there-is-none', '/nowhere', '/nowhere.html', '/nowhere.php', '/a/b/c.js'),
    ...get(404, '/_next/nowhere', '/_next/static/nowhere.js', '/live/nowhere', '/live/a/b'),
    // Badly encoded, where a part of the path is a parameter; and the page that Next keeps for its own failures.
    ...get(404, '/r/%FF', '/r/%C0%AF', '/live/%FF', '/_global-error'),
    { path: '/r/%FF', status: 404, headers: { rsc: '1', 'next-router-prefetch': '1' } },
    { path: '/create', status: 200, headers: { rsc: '1', 'next-router-state-tree': '%' } },
    // It is sent on, to an address that is in the answer twice, and longer than what a proxy mostly has for all headers.
    ...get(404, `/r/${'a'.repeat(2_000)}/?${'a'.repeat(2_000)}`),
    ...get(200, '/icon.svg', '/favicon.ico', '/apple-icon.png', '/manifest.webmanifest'),
    ...get(200, '/live/house.m3u8', '/live/00.m4s'),
    { path: `/r/${slug}?_rsc=1`, status: 200, headers: { rsc: '1' } },
    { path: `/r/${slug}`, status: 200, headers: { rsc: '1', 'next-router-prefetch': '1' } },
    { path: '/', status: 200, method: 'DELETE' },
    ...get(200, '/api/rooms', '/api/me', `/api/rooms/${slug}`, `/api/rooms/${slug}/entries`),
    ...get(404, '/api', '/api/nowhere', '/api/rooms/there-is-none'),
    ...get(400, '/api/rooms/%FF', '/api/rooms?limit=many'),
    ...get(200, '/api/docs', '/api/docs-json', '/api/docs/swagger-ui.css'),
    ...get(200, '/api/docs/swagger-ui-init.js', '/api/docs/swagger-ui-bundle.js'),
    { path: '/api/me', status: 401, headers: { authorization: 'Bearer nonsense' } },
    { path: '/api/sessions/guest', status: 400, method: 'POST', headers: json, body: '{' },
    { path: '/api/sessions/guest', status: 413, method: 'POST', headers: json, body: large },
    { path: '/api/sessions', status: 403, method: 'DELETE', headers: { origin: 'null' } },
    ...get(200, '/healthz', '/readyz'),
    ...get(401, '/apps/app-id/channels'),
    ...get(404, '/apps/app-id/nowhere', '/ws', '/app/app-key'),
    { path: '/apps/app-id/events', status: 204, method: 'OPTIONS' },
    { path: '/pusher/app/app-key/123/abcdefgh/xhr_send', status: 404, method: 'POST', body: '[]' },
    { path: '/pusher/app/app-key/123/abcdefgh/xhr', status: 405 },
    { path: '/@connections/1.2', status: 403 },
  ];
}

async function walk(url: string, all: Ask[], more: Record<string, string> = {}): Promise<Walked[]> {
  const walked: Walked[] = [];
  for (const { path, method = 'GET', headers, body = null } of all) {
    const answer = await fetch(url + path, {
      method,
      headers: { ...headers, ...more },
      body,
    });
    const ask = `${method} ${path}`;
    walked.push({ ask, status: answer.status, headers: answer.headers, text: await answer.text() });
  }
  return walked;
}

/** The files that a page asks for. */
async function filesOf(url: string, path: string): Promise<Ask[]> {
  const html = await (await fetch(url + path)).text();
  const found = html.match(/\/_next\/static\/[^"'\\ ]+/g) ?? [];
  return get(200, ...new Set(found));
}

function report(walked: Walked[], options = {}): string[] {
  return walked.flatMap((it) =>
    faultsOf(it, options).map((fault) => `${it.ask} (${String(it.status)}): ${fault}`),
  );
}

function assertPages(walked: Walked[]): void {
  const pages = walked.filter(
    ({ headers, status, ask }) =>
      headers.get('content-type')?.startsWith('text/html') &&
      status < 500 &&
      !ask.includes('/api/') &&
      !ask.includes('/_next/') &&
      !ask.includes('/live/'),
  );
  expect(pages.length).toBeGreaterThanOrEqual(6);
  for (const page of pages)
    expect([page.ask, looseScripts(page, page.text)]).toEqual([page.ask, []]);
  const policies = pages.map(({ headers }) => headers.get('content-security-policy'));
  expect(new Set(policies).size).toBe(policies.length);
}

/** What a server says to bytes that need not be HTTP. */
async function raw(url: string, bytes: string): Promise<Walked> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (part: Buffer) => {
    text += part.toString('latin1');
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    // Nginx would keep the connection.
    if (length !== undefined && body.length >= Number(length)) socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const headers = new Headers(
    fields.map((field): [string, string] => {
      const at = field.indexOf(':');
      return [field.slice(0, at), field.slice(at + 1).trim()];
    }),
  );
  return { ask: bytes.slice(0, 60), status: Number(line.split(' ')[1]), headers, text: body };
}

describe('behind Nginx', () => {
  beforeAll(async () => {
    cluster = await Cluster.start({ gateways: 1, web: true });
    await cluster.isWhole();
    api = new Api(cluster.url, cluster.adminToken);
    owner = await api.account('Olga');
    room = await api.room(owner, { state: 'live' });
    secretRoom = await api.room(owner, { visibility: 'private', title: SECRET });
  }, 400_000);

  afterAll(async () => {
    await cluster.stop();
  }, 60_000);

  it('every kind of answer says what a browser may do with it', async () => {
    const all = [...asks(room), ...(await filesOf(cluster.url, `/r/${room}`))];
    const walked = await walk(cluster.url, all);
    expect(walked.map(({ ask, status }) => `${ask} ${String(status)}`)).toEqual(
      all.map(({ method = 'GET', path, status }) => `${method} ${path} ${String(status)}`),
    );
    expect(report(walked)).toEqual([]);
    assertPages(walked);
  });

  it('so do the answers that Nginx makes by itself', async () => {
    const walked = await walk(cluster.url, [
      ...get(404, '/metrics'),
      { path: '/api/sessions/guest', status: 413, method: 'POST', body: 'x'.repeat(1_100_000) },
      { path: '/', status: 413, method: 'POST', body: 'x'.repeat(1_100_000) },
    ]);
    expect(walked.map(({ status }) => status)).toEqual([404, 413, 413]);
    const host = 'Host: chat.example\r\nConnection: close\r\n';
    const long = 'x'.repeat(40_000);
    const strange = [
      await raw(cluster.url, `nonsense\r\n\r\n`),
      await raw(cluster.url, `GET /${long} HTTP/1.1\r\n${host}\r\n`),
      await raw(cluster.url, `GET / HTTP/1.1\r\n${host}X-Long: ${long}\r\n\r\n`),
      await raw(cluster.url, `GET /%00 HTTP/1.1\r\n${host}\r\n`),
      await raw(cluster.url, `GET /r/%FF HTTP/1.1\r\n${host}\r\n`),
      await raw(cluster.url, `GET / HTTP/1.1\r\nConnection: close\r\n\r\n`),
    ];
    for (const { status } of strange) expect(status).toBeGreaterThanOrEqual(400);
    expect(report([...walked, ...strange])).toEqual([]);
  });

  it('so do those to a WebSocket that is refused', async () => {
    const upgrade = (path: string, more = '') =>
      [
        `GET ${path} HTTP/1.1`,
        'Host: chat.example',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${Buffer.from('0123456789abcdef').toString('base64')}`,
        `${more}\r\n\r\n`,
      ].join('\r\n');
    for (const url of [cluster.url, cluster.gateway(0)]) {
      const refused = [
        await raw(url, upgrade('/ws', 'Origin: https://elsewhere.example')),
        await raw(url, upgrade('/ws', 'Authorization: Bearer nonsense')),
        await raw(url, upgrade('/ws?token=nonsense', 'X-More: 1')),
      ];
      expect(refused.map(({ status }) => status)).toEqual([403, 401, 401]);
      expect(report(refused)).toEqual([]);
    }
  });

  it('over https it says so, and then alone', async () => {
    const https = { 'x-forwarded-proto': 'https' };
    const all = asks(room).filter(({ status }) => status !== 413);
    expect(report(await walk(cluster.url, all, https), { overHttps: true })).toEqual([]);
    const own = await walk(cluster.url, get(404, '/metrics'), https);
    expect(report(own, { overHttps: true })).toEqual([]);
  });

  it('G10: a private room’s page is one that is not there, with nothing of the room in it', async () => {
    const { token } = await api.account();
    const pages = (more: Record<string, string>) =>
      walk(
        cluster.url,
        [secretRoom, 'there-is-none'].flatMap((slug): Ask[] => [
          { path: `/r/${slug}`, status: 404 },
          { path: `/r/${slug}`, status: 404, headers: { rsc: '1' } },
        ]),
        more,
      );
    for (const more of [{}, { cookie: `hubbub_session=${token}` }]) {
      const [page, part, missing, missingPart] = await pages(more);
      expect([page?.status, part?.status]).toEqual([missing?.status, missingPart?.status]);
      expect(page?.status).toBe(404);
      for (const { text } of [page!, part!]) expect(text).not.toContain(SECRET);
      const title = /<title>[^<]*<\/title>/;
      expect(title.exec(page!.text)?.[0]).toBe(title.exec(missing!.text)?.[0]);
    }
    const [own] = await pages({ cookie: `hubbub_session=${owner.token}` });
    expect(own).toMatchObject({ status: 200 });
    expect(own?.text).toContain(SECRET);
  });

  it('without a gateway and without the web app, too', async () => {
    await cluster.withoutRestarts(async () => {
      kill(cluster.pid(0), 'SIGKILL');
      const found = await waitFor(
        async () => {
          const walked = await walk(cluster.url, [
            ...get(503, '/api/rooms', '/readyz'),
            ...get(502, '/apps/app-id/channels'),
          ]);
          return walked[0]?.status === 503 && walked[2]?.status === 502 ? walked : null;
        },
        { what: 'Nginx answers for the gateway' },
      );
      expect(report(found)).toEqual([]);
      expect(JSON.parse(found[0]!.text)).toMatchObject({ code: 'unavailable' });
    });
    await cluster.isWhole();
    const { url } = await Cluster.shared();
    const pages = await walk(url, get(502, '/', '/r/lobby', '/nowhere'));
    expect(pages.map(({ status }) => status)).toEqual([502, 502, 502]);
    expect(report(pages)).toEqual([]);
  }, 300_000);
});

describe('npm start', () => {
  let dir: string;
  let running: Embedded | undefined;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'hubbub-headers-'));
    running = await Embedded.start(dir, { SEED: '0' });
  }, 300_000);
  afterAll(async () => {
    await running?.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('every kind of answer says what a browser may do with it, over http and over https', async () => {
    const url = running!.url;
    const all = [...asks('lobby'), ...(await filesOf(url, '/r/lobby'))];
    const walked = await walk(url, [...all, ...get(200, '/metrics', '/ready')]);
    const overHttp = walked.slice(0, all.length);
    expect(overHttp.map(({ ask, status }) => `${ask} ${String(status)}`)).toEqual(
      all.map(({ method = 'GET', path, status }) => `${method} ${path} ${String(status)}`),
    );
    expect(report(walked)).toEqual([]);
    assertPages(walked);
    const overHttps = await walk(url, all, { 'x-forwarded-proto': 'https' });
    expect(report(overHttps, { overHttps: true })).toEqual([]);
    // Over either a page is there, or is not.
    const pages = (answers: Walked[]) =>
      answers
        .filter(({ ask }) => ask.startsWith('GET '))
        .map(({ ask, status }) => ({ ask, status }));
    expect(pages(overHttps)).toEqual(pages(overHttp));
  });

  it('the pages work under their policy: nothing that they need is forbidden', async () => {
    const url = running!.url;
    const chromium = await Chromium.launch();
    try {
      const tab = await chromium.tab();
      for (const path of ['/', '/create', '/r/lobby', '/nowhere', '/r/there-is-none']) {
        await tab.page.goto(url + path);
        await tab.page.getByRole('navigation').getByRole('button', { name: 'Sign in' }).waitFor();
        if (path === '/r/lobby')
          await waitFor(() => tab.joined.length > 0, { what: 'it is in', timeoutMs: 30_000 });
      }
      await tab.page.goto(`${url}/api/docs`);
      await tab.page.getByText('/api/rooms/{slug}/entries').first().waitFor();
      await chromium.shot(tab, 'api-docs');
      // It does catch what a page may not do.
      expect(tab.errors).toEqual([]);
      await tab.page.evaluate(() => {
        const script = document.createElement('div');
        script.innerHTML = '<img src="x:y" onerror="window.ran = true">';
        document.body.append(script);
      });
      await waitFor(() => tab.errors.some((it) => it.includes('Content Security Policy')), {
        what: 'a handler in the text of a page is told of',
      });
      expect(await tab.page.evaluate(() => 'ran' in window)).toBe(false);
    } finally {
      await chromium.close();
    }
  });
});
