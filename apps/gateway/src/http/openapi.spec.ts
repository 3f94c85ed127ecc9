import type { Router } from 'express';
import { createDocument, toTemplate } from './openapi';
import { startApi, type Api } from './testing/api';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { requestBody?: object; responses: object }>>;
}

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** What the application has registered under /api, besides the documentation itself. */
function registeredRoutes(): string[] {
  const express = api.app.getHttpAdapter().getInstance() as { router: Router };
  return express.router.stack
    .flatMap(({ route }) =>
      (route?.stack ?? []).map(
        (layer) => `${layer.method.toUpperCase()} ${toTemplate(route?.path ?? '')}`,
      ),
    )
    .filter((line) => line.includes(' /api/') && !line.includes(' /api/docs'))
    .sort();
}

function documentedRoutes({ paths }: Document): string[] {
  return Object.entries(paths)
    .flatMap(([path, item]) => Object.keys(item).map((m) => `${m.toUpperCase()} ${path}`))
    .sort();
}

describe('the OpenAPI document', () => {
  it('has every route that is served, and no other', () => {
    const registered = [...new Set(registeredRoutes())];
    expect(registered.length).toBeGreaterThanOrEqual(17);
    expect(documentedRoutes(createDocument() as unknown as Document)).toEqual(registered);
  });

  it('is served as it is', async () => {
    const reply = await api.call('GET', '/api/docs-json');
    expect(reply.status).toBe(200);
    const document = reply.body as Document;
    expect(document.openapi).toBe('3.1.0');
    expect(document).toEqual(JSON.parse(JSON.stringify(createDocument())));
  });

  it('refers to nothing that is not in it', () => {
    const document = createDocument() as unknown as Record<string, unknown>;
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    for (const [, path = ''] of references) {
      const found = path
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect([path, typeof found]).toEqual([path, 'object']);
    }
  });

  it('says what a body is made of, and what may go wrong', () => {
    const { paths } = createDocument() as unknown as Document;
    expect(paths['/api/rooms']?.['post']?.requestBody).toMatchObject({
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['slug', 'title'],
            properties: {
              slug: { type: 'string', maxLength: 48 },
              title: { type: 'string' },
              visibility: { enum: ['public', 'unlisted', 'private'], default: 'public' },
            },
          },
        },
      },
    });
    expect(Object.keys(paths['/api/rooms']?.['post']?.responses ?? {}).sort()).toEqual([
      '201',
      '400',
      '401',
      '403',
      '409',
      '413',
      '429',
      '500',
      '503',
    ]);
  });

  it('is shown by a page whose scripts and styles are all our own', async () => {
    const page = await api.call('GET', '/api/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const html = page.body as string;
    expect(html).not.toMatch(/(src|href)=["'](https?:)?\/\//);
    const files = [...html.matchAll(/(?:src|href)=["']\.\/([^"']+)["']/g)].map(([, f]) => f ?? '');
    expect(files).toContain('docs/swagger-ui-bundle.js');
    for (const file of files) {
      const reply = await fetch(`${api.url}/api/${file}`);
      expect([file, reply.status]).toEqual([file, 200]);
      await reply.body?.cancel();
    }
  });
});
