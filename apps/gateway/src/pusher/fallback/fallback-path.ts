export interface FallbackPath {
  readonly key: string;
  /** The app's key with the session's number and name, as they stand in the path. */
  readonly session: string;
  readonly action: 'xhr_streaming' | 'xhr' | 'xhr_send';
}

/** What pusher-js makes up: a number below 1000, and 8 characters. */
const PATH =
  /^\/pusher\/app\/(([^/]+)\/\d{1,3}\/[A-Za-z0-9_-]{8,64})\/(xhr_streaming|xhr|xhr_send)$/;

/** Null: a path of somebody else. */
export function parseFallbackPath(path: string, prefix: string): FallbackPath | null {
  if (!path.startsWith(prefix)) return null;
  const [, session, key, action] = PATH.exec(path.slice(prefix.length)) ?? [];
  if (session === undefined || key === undefined) return null;
  try {
    return { key: decodeURIComponent(key), session, action: action as FallbackPath['action'] };
  } catch {
    return null;
  }
}
