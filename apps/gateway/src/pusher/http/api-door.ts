import type { Request, RequestHandler, Response } from 'express';
import type { AppSource, PusherApp } from '../app';
import { API_ERRORS } from './api-error';
import type { PusherMetrics } from './pusher-metrics';
import { replyJson } from './reply';
import { checkBody, readBody } from './request-body';
import { checkSignature } from './request-signature';
import { SignedQuery } from './signed-query';

const NOTHING = Buffer.alloc(0);

/** A request that an app has signed. */
export interface ApiCall {
  readonly app: PusherApp;
  readonly query: SignedQuery;
  /** As it was sent; empty for what only reads. */
  readonly body: Buffer;
  /** Decoded. */
  readonly parameter: (name: string) => string;
  /** Headers of the answer may be set. */
  readonly response: Response;
}

/** Answers a call with JSON. @throws {ApiError} @throws {Refusal} `unavailable` */
export type Endpoint = (call: ApiCall) => Promise<string>;

export interface ApiDoorOptions {
  apps: AppSource;
  requestLimitBytes: number;
  metrics: PusherMetrics;
}

/** The one way into the HTTP API. Nothing of a body is kept before its sender is known, and nothing is parsed before it is checked. */
export class ApiDoor {
  readonly #options: ApiDoorOptions;

  constructor(options: ApiDoorOptions) {
    this.#options = options;
  }

  /** Lets calls of apps in to `endpoint`; the path has a parameter `appId`. What is thrown goes to the router's error handler. */
  to(endpoint: Endpoint): RequestHandler {
    return async (request, response) => {
      const call = await this.#admit(request, response);
      const json = await endpoint(call);
      replyJson(response, 200, json);
      this.#options.metrics.called(call.app.id, call.body.length, Buffer.byteLength(json));
    };
  }

  async #admit(request: Request, response: Response): Promise<ApiCall> {
    const parameter = (name: string) => {
      const value = request.params[name];
      return typeof value === 'string' ? value : '';
    };
    const app = await this.#options.apps.findById(parameter('appId'));
    if (!app) throw API_ERRORS.unknownApp(parameter('appId'));
    const { method, originalUrl, baseUrl: prefix } = request;
    const mark = originalUrl.indexOf('?');
    const path = mark < 0 ? originalUrl : originalUrl.slice(0, mark);
    const query = new SignedQuery(mark < 0 ? '' : originalUrl.slice(mark + 1));
    checkSignature({ method, path, prefix, query }, app);
    if (!app.enabled) throw API_ERRORS.disabled();
    const body = method === 'POST' ? await this.#readBody(request, query) : NOTHING;
    return { app, query, body, parameter, response };
  }

  async #readBody(request: Request, query: SignedQuery): Promise<Buffer> {
    const body = await readBody(request, this.#options.requestLimitBytes);
    checkBody(body, query.get('body_md5'));
    return body;
  }
}
