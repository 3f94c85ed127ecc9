import type { PusherApp } from '../app';
import { signatureMatches } from '../signature';
import { API_ERRORS } from './api-error';
import type { SignedQuery } from './signed-query';

/** How far the clock of who signs may be from ours. */
const WINDOW_SECONDS = 600;
const VERSION = '1.0';

export interface SignedRequest {
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  /** What stands before the API's own paths; empty where nothing does. */
  readonly prefix: string;
  readonly query: SignedQuery;
}

/**
 * The paths that may be meant. The one that was sent; the one without the prefix, which PHP does not sign; and either of them before
 * it was escaped, for Node signs a user id as it is.
 */
function* signedPaths({ path, prefix }: SignedRequest): Generator<string> {
  yield path;
  const bare = path.slice(prefix.length);
  if (bare !== path) yield bare;
  for (const escaped of new Set([path, bare])) {
    const plain = unescapedPath(escaped);
    if (plain !== escaped) yield plain;
  }
}

/** As it is where that would change which resource it names. */
function unescapedPath(path: string): string {
  try {
    const plain = decodeURIComponent(path);
    return plain.split('/').length === path.split('/').length ? plain : path;
  } catch {
    return path;
  }
}

function isSigned(request: SignedRequest, secret: string, signature: string): boolean {
  for (const path of signedPaths(request)) {
    for (const query of request.query.signedForms()) {
      if (signatureMatches(secret, `${request.method}\n${path}\n${query}`, signature)) return true;
    }
  }
  return false;
}

/**
 * Checks that the request, except for its body, is what somebody with the app's secret has signed in the last ten minutes
 * (https://pusher.com/docs/channels/library_auth_reference/rest-api/#authentication). The body is checked by its `body_md5`.
 *
 * @throws {ApiError} 401
 */
export function checkSignature(request: SignedRequest, app: PusherApp): void {
  const { query } = request;
  const { signature } = query;
  const timestamp = query.get('auth_timestamp');
  if (
    signature === undefined ||
    timestamp === undefined ||
    query.get('auth_key') !== app.key ||
    query.get('auth_version') !== VERSION ||
    !isSigned(request, app.secret, signature)
  ) {
    throw API_ERRORS.unauthenticated();
  }
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : NaN;
  if (!(Math.abs(Date.now() / 1000 - seconds) <= WINDOW_SECONDS)) {
    throw API_ERRORS.expired(timestamp);
  }
}
