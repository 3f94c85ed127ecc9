import { createHash, createHmac } from 'node:crypto';

interface UnsignedCall {
  method: string;
  path: string;
  query?: Record<string, string>;
  body?: string | undefined;
  /** Unix seconds. */
  at?: number;
}

/** The query of a call of the HTTP API, signed as Pusher's documentation says, by no code of the gateway. */
export function signedQuery(
  { key, secret }: { key: string; secret: string },
  { method, path, query = {}, body, at = Math.floor(Date.now() / 1_000) }: UnsignedCall,
): URLSearchParams {
  const parameters = new URLSearchParams({
    ...query,
    auth_key: key,
    auth_timestamp: String(at),
    auth_version: '1.0',
    ...(body !== undefined && { body_md5: createHash('md5').update(body).digest('hex') }),
  });
  parameters.sort();
  const plain = [...parameters].map(([name, value]) => `${name}=${value}`).join('&');
  const hmac = createHmac('sha256', secret).update(`${method}\n${path}\n${plain}`);
  parameters.set('auth_signature', hmac.digest('hex'));
  return parameters;
}
