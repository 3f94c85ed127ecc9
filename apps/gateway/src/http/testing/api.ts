import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import { Module, type DynamicModule, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { readSettings } from '../../env';
import type { Log } from '../../log';
import { OpsModule } from '../../ops/ops.module';
import { createParts, type Parts } from '../../parts';
import { PartsModule } from '../../parts.module';
import { configureHttp } from '../configure-http';
import { HttpModule } from '../http.module';

@Module({})
class ApiModule {
  static of(parts: Parts): DynamicModule {
    return { module: ApiModule, imports: [PartsModule.of(parts), HttpModule, OpsModule] };
  }
}

export interface Reply {
  status: number;
  headers: Headers;
  /** The JSON of the answer; undefined for an empty one. */
  body: unknown;
}

interface CallOptions {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

/** HTTP as it is served, on a free port, over a real database in a folder of its own. */
export interface Api {
  url: string;
  app: NestExpressApplication;
  parts: Parts;
  /** What was logged as `error`. */
  errors: string[];
  /** Everything that was logged, as text. */
  lines: string[];
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Somebody new who has signed in. */
  account(handle: string, name?: string): Promise<{ id: string; token: string }>;
  guest(name: string): Promise<{ id: string; token: string }>;
  close(): Promise<void>;
}

/** What an answer is compared with where the value itself is not known. */
export const ANY_NUMBER: unknown = expect.any(Number);
export const ANY_STRING: unknown = expect.any(String);

export const ADMIN_TOKEN = 'the token of a trusted server';

export async function startApi(environment: Record<string, string> = {}): Promise<Api> {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-http-'));
  const errors: string[] = [];
  const lines: string[] = [];
  const note =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      const line = `${level} ${message} ${JSON.stringify(fields)}`;
      lines.push(line);
      if (level === 'error') errors.push(line);
    };
  const log: Log = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  };
  const settings = readSettings({ DATA_DIR: folder, ADMIN_TOKEN, ...environment });
  const parts = await createParts(settings, log);
  const options: NestApplicationOptions = { logger: false, bodyParser: false, abortOnError: false };
  const app = await NestFactory.create<NestExpressApplication>(ApiModule.of(parts), options);
  configureHttp(app);
  await app.listen(0, '127.0.0.1');
  const server: Server = app.getHttpServer();
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;

  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Reply> => {
    const { body, token, headers = {} } = options;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const parsed: unknown = isJson ? JSON.parse(text) : text || undefined;
    return { status: response.status, headers: response.headers, body: parsed };
  };
  const signIn = async (path: string, body: unknown) => {
    const reply = await call('POST', path, { body });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    const { user, token } = reply.body as { user: { id: string }; token: string };
    return { id: user.id, token };
  };
  return {
    url,
    app,
    parts,
    errors,
    lines,
    call,
    account: (handle, name = handle) =>
      signIn('/api/accounts', { handle, name, password: 'correct horse' }),
    guest: (name) => signIn('/api/sessions/guest', { name }),
    close: async () => {
      await app.close();
      await parts.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
