import type { z } from 'zod';

/** What the gateway answered besides 2xx. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Call<T> {
  as: z.ZodType<T>;
  token?: string;
}

/** The gateway's HTTP interface. */
export class Api {
  constructor(readonly url: string) {}

  get<T>(path: string, call: Call<T>): Promise<T> {
    return this.request('GET', path, { ...call, body: null });
  }

  post<T>(path: string, body: object, call: Call<T>): Promise<T> {
    return this.request('POST', path, { ...call, body });
  }

  patch<T>(path: string, body: object, call: Call<T>): Promise<T> {
    return this.request('PATCH', path, { ...call, body });
  }

  private async request<T>(
    method: string,
    path: string,
    { as, token, body }: Call<T> & { body: object | null },
  ): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== null && { 'content-type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new ApiError(response.status, `${method} ${path}: ${String(response.status)} ${text}`);
    }
    return as.parse(JSON.parse(text));
  }
}
