import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { readSettings } from './env';
import { secureAnswers } from './http/secure-answers';
import { SECURITY_HEADERS } from './security-headers';
import { silent } from './testing/silent-log';
import { createWebProxy } from './web-proxy';

const PAGE_POLICY = "default-src 'self'";
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A gateway's door before the web app at `target`. */
function startDoor(target: string): Promise<string> {
  const app = express();
  app.disable('x-powered-by');
  app.use(secureAnswers(readSettings({})));
  app.use(createWebProxy(target, silent));
  return listen(createServer(app));
}

it('a page keeps the policy that the web app gave it, and gets what it has not', async () => {
  const web = createServer((_request, response) => {
    response.setHeader('content-security-policy', PAGE_POLICY).end('a page');
  });
  const door = await startDoor(await listen(web));
  const { headers } = await fetch(`${door}/r/lobby`);
  expect(headers.get('content-security-policy')).toBe(PAGE_POLICY);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('strict-transport-security')).toBeNull();
  const https = await fetch(`${door}/r/lobby`, { headers: { 'x-forwarded-proto': 'https' } });
  expect(https.headers.get('strict-transport-security')).toBe('max-age=31536000');
});

it('while the web app is away the answer is a line of text that nothing runs in', async () => {
  const gone = createServer();
  const target = await listen(gone);
  servers.pop();
  gone.close();
  await once(gone, 'close');
  const answer = await fetch(`${await startDoor(target)}/`);
  expect(answer.status).toBe(502);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    expect(answer.headers.get(name)).toBe(value);
  }
});
