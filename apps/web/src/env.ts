/**
 * Everything that the server side takes from the environment, read for each use: the built server is started with
 * whatever gateway it should ask. The browser knows none of it: it talks to its own origin.
 */
export function gatewayUrl(): string {
  const value = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:9001';
  if (!URL.canParse(value)) {
    throw new Error(`GATEWAY_URL is not a URL: ${value}. Write it like http://127.0.0.1:9001.`);
  }
  return value.replace(/\/+$/, '');
}

/** The bundler's development server needs `eval` and its own socket. */
export const isDevelopment = process.env.NODE_ENV === 'development';
