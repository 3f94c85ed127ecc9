import type { PusherApp, Webhook } from '../app';
import { sign } from '../signature';
import { postHttp, type HttpAnswer } from './http-post';
import { signInvocation, type AwsCredentials } from './lambda-invocation';
import type { Delivery } from './webhook-store';

const USER_AGENT = 'Hubbub-Webhooks/1.0';
const ERROR_CHARS = 400;

/** Of one connection, not of a request: those of a webhook's configuration are left out. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What became of a post. */
export type Posted =
  | { readonly isOk: true; readonly status: number }
  | {
      readonly isOk: false;
      readonly status: number | null;
      readonly error: string;
      /** Trying again cannot help. */
      readonly isFinal: boolean;
    };

export interface PosterOptions {
  /** For one post, its answer included. */
  timeoutMs: number;
  /** Of functions whose webhooks have none. */
  awsCredentials: AwsCredentials | null;
}

/** Posts events to a webhook, https://pusher.com/docs/channels/server_api/webhooks/ . */
export class WebhookPoster {
  constructor(private readonly options: PosterOptions) {}

  /**
   * Never throws. A post that takes too long, or is answered with anything but 2xx, has failed; `error` has no value of a configured
   * header, though the receiver may have answered with it.
   */
  async post(
    of: { app: PusherApp; webhook: Webhook },
    deliveries: readonly Delivery[],
    signal: AbortSignal,
  ): Promise<Posted> {
    const posted = await this.#post(of, deliveries, signal);
    if (posted.isOk) return posted;
    let { error } = posted;
    for (const value of Object.values(of.webhook.headers)) {
      if (value !== '') error = error.replaceAll(value, '…');
    }
    return { ...posted, error: error.slice(0, ERROR_CHARS).toWellFormed() };
  }

  async #post(
    { app, webhook }: { app: PusherApp; webhook: Webhook },
    deliveries: readonly Delivery[],
    signal: AbortSignal,
  ): Promise<Posted> {
    const body = toBody(deliveries);
    const { target } = webhook;
    try {
      const headers = headersOf(app, webhook, body);
      if ('lambdaFunction' in target) return await this.#invoke(target, { headers, body }, signal);
      if (!isWebAddress(target.url)) {
        return failure(null, 'the address is none of http or https', true);
      }
      const { timeoutMs } = this.options;
      return judge(await postHttp({ url: target.url, headers, body, timeoutMs, signal }));
    } catch (error) {
      return failure(null, reasonOf(error));
    }
  }

  /** A function gets what is posted elsewhere: `payload` has the bytes that are signed. */
  async #invoke(
    target: Extract<Webhook['target'], { lambdaFunction: string }>,
    { headers, body }: { headers: Headers; body: string },
    signal: AbortSignal,
  ): Promise<Posted> {
    const payload = `{"payload":${body},"headers":${JSON.stringify(toNames(headers))}}`;
    const { awsCredentials, timeoutMs } = this.options;
    const invocation = await signInvocation(target, payload, awsCredentials);
    const answer = await postHttp({ ...invocation, body: payload, timeoutMs, signal });
    const failed = answer.headers.get('x-amz-function-error');
    if (failed) return failure(answer.status, `the function failed: ${failed} ${answer.excerpt}`);
    return judge(answer);
  }
}

/** The same deliveries give the same bytes, however often they are posted. */
function toBody(deliveries: readonly Delivery[]): string {
  const at = Math.max(...deliveries.map(({ recordedAt }) => recordedAt));
  return `{"time_ms":${String(at)},"events":[${deliveries.map(({ body }) => body).join(',')}]}`;
}

function headersOf(app: PusherApp, webhook: Webhook, body: string): Headers {
  const headers = new Headers({
    Accept: 'application/json',
    'Content-Type': 'application/json',
    'User-Agent': USER_AGENT,
  });
  for (const [name, value] of Object.entries(webhook.headers)) {
    if (CONNECTION_HEADERS.has(name.toLowerCase())) continue;
    try {
      headers.set(name, value);
    } catch {
      // What it says would tell the value.
      throw new Error(`the configured header ${name} is not one of HTTP`);
    }
  }
  headers.set('X-Pusher-Key', app.key);
  headers.set('X-Pusher-Signature', sign(app.secret, body));
  return headers;
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** As Soketi hands them to a function: `Headers` has only small letters. */
function toNames(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [
      name.replace(/(^|-)[a-z]/g, (first) => first.toUpperCase()),
      value,
    ]),
  );
}

function judge({ status, excerpt }: HttpAnswer): Posted {
  return status >= 200 && status < 300
    ? { isOk: true, status }
    : failure(status, `answered ${String(status)} ${excerpt}`.trim());
}

function failure(status: number | null, error: string, isFinal = false): Posted {
  return { isOk: false, status, error, isFinal };
}

/** `fetch` says "fetch failed" and has the reason in `cause`. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { code, message: why = message } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return code ?? why;
}
