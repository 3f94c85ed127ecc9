import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { auditDependencies } from './audit';

jest.setTimeout(120_000);

/** Packages by name with the versions that are asked for. */
type Asked = Record<string, string[]>;

const servers: Server[] = [];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubbub-audit-'));
  const dependencies = { 'a-shipped-one': '1.0.0' };
  const devDependencies = { 'one-of-development': '1.0.0' };
  const root = { name: 'audited', version: '1.0.0', dependencies, devDependencies };
  const packages = {
    '': root,
    'node_modules/a-shipped-one': { version: '1.0.0' },
    'node_modules/one-of-development': { version: '1.0.0', dev: true },
  };
  const lock = { name: 'audited', version: '1.0.0', lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
});

// npm remembers what it was once told of an advisory.
beforeEach(() => {
  process.env['npm_config_cache'] = mkdtempSync(join(folder, 'cache-'));
});

afterAll(async () => {
  delete process.env['npm_config_cache'];
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A registry that answers what it is asked of packages' holes as told. Its address. */
async function startRegistry(
  audits: (asked: Asked, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method !== 'POST') {
        const name = (request.url ?? '').slice(1);
        const numbers = ['1.0.0', '1.0.1'];
        const versions = Object.fromEntries(numbers.map((it) => [it, { name, version: it }]));
        answer(response, 200, { name, versions, 'dist-tags': { latest: '1.0.1' } });
        return;
      }
      const bytes = Buffer.concat(parts);
      const isPacked = request.headers['content-encoding'] === 'gzip';
      const text = (isPacked ? gunzipSync(bytes) : bytes).toString();
      audits(JSON.parse(text) as Asked, response);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function advisory(severity: string): object {
  return {
    id: 4711,
    url: 'https://advisories.example/4711',
    title: 'Lets\u001b[31m anybody in',
    severity,
    vulnerable_versions: '<=1.0.0',
  };
}

const tellOf = (severity: string) => (asked: Asked, response: ServerResponse) => {
  const known = Object.keys(asked).map((name) => [name, [advisory(severity)]]);
  answer(response, 200, Object.fromEntries(known));
};

async function audit(
  audits: (asked: Asked, response: ServerResponse) => void,
  withinMs = 50_000,
): Promise<unknown> {
  const registry = await startRegistry(audits);
  const result = await auditDependencies({ folder, registry, withinMs });
  expect(JSON.stringify(result)).not.toContain(new URL(registry).host);
  return result;
}

it.each(['high', 'critical'])('names what is shipped and has a %s hole', async (severity) => {
  await expect(audit(tellOf(severity))).resolves.toEqual({
    outcome: 'found',
    findings: [`a-shipped-one 1.0.0: ${severity}: Lets [31m anybody in`],
  });
});

it('passes over lesser holes, and those of packages for development', async () => {
  await expect(audit(tellOf('moderate'))).resolves.toEqual({ outcome: 'clean' });
  let asked: Asked = {};
  const result = await audit((packages, response) => {
    asked = packages;
    const known = { 'one-of-development': [advisory('critical')] };
    answer(response, 200, known);
  });
  expect(result).toEqual({ outcome: 'clean' });
  expect(asked).toEqual({ 'a-shipped-one': ['1.0.0'] });
});

it('is clean where nothing is known', async () => {
  const result = await audit((_, response) => {
    answer(response, 200, {});
  });
  expect(result).toEqual({ outcome: 'clean' });
});

it.each<[string, (response: ServerResponse) => void]>([
  [
    'has no audits',
    (response) => {
      answer(response, 404, { error: 'not found' });
    },
  ],
  [
    'is broken',
    (response) => {
      answer(response, 500, { error: 'broken' });
    },
  ],
  [
    'forbids it',
    (response) => {
      answer(response, 403, { error: 'forbidden' });
    },
  ],
  ['ends without a word', (response) => response.destroy()],
  ['answers with a page', (response) => response.writeHead(200).end('<html>welcome</html>')],
])('could not ask a registry that %s', async (_, respond) => {
  const result = await audit((_asked, response) => {
    respond(response);
  });
  expect(result).toEqual({ outcome: 'not asked', why: 'the registry does not answer audits' });
});

it('could not ask one that does not answer, and waits no longer than told', async () => {
  const began = performance.now();
  const result = await audit(() => undefined, 3_000);
  expect(result).toMatchObject({ outcome: 'not asked' });
  expect(performance.now() - began).toBeLessThan(13_000);
});

it('could not ask one that is not there', async () => {
  const registry = await startRegistry(() => undefined);
  const server = servers.pop()!;
  server.close();
  await once(server, 'close');
  const result = await auditDependencies({ folder, registry });
  expect(result).toMatchObject({ outcome: 'not asked' });
  expect(JSON.stringify(result)).not.toContain(new URL(registry).host);
});
