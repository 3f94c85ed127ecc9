import { NextResponse, type NextRequest } from 'next/server';
import { contentSecurityPolicy } from './content-security-policy';
import { isDevelopment } from './env';

/** A path of none of the pages: the site's own answer to that is src/app/not-found.tsx. */
const NOT_FOUND = '/no-such-page';

/** Gives each page its own nonce. Next reads it from the request's header and puts it on its scripts. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const protocol = request.headers.get('x-forwarded-proto') ?? request.nextUrl.protocol;
  const policy = contentSecurityPolicy({
    nonce,
    overHttps: protocol.startsWith('https'),
    isDevelopment,
  });
  const headers = new Headers(request.headers);
  headers.set('content-security-policy', policy);
  const response = canBePage(request.nextUrl.pathname)
    ? NextResponse.next({ request: { headers } })
    : NextResponse.rewrite(ownUrl(NOT_FOUND, request), { request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

/**
 * As this server hears it itself. Next takes a rewrite for one to another server where its own address is one of the loopback, and asks
 * there, by the protocol that a proxy in front of it was asked by: no TLS is spoken here.
 */
function ownUrl(path: string, request: NextRequest): URL {
  const url = new URL(path, request.url);
  url.protocol = 'http:';
  return url;
}

/**
 * False for a path that is badly encoded, which Next fails on where a part of it is a parameter, and for the page that Next keeps for
 * its own failures: both would be answered 500.
 */
function canBePage(path: string): boolean {
  try {
    decodeURIComponent(path);
    return !path.startsWith('/_global-error');
  } catch {
    return false;
  }
}

export const config = {
  matcher: [
    {
      // Whatever may be a page, also one that is not there; the files of src/app and public are none.
      source:
        '/((?!api/|_next/|live/|(?:icon\\.svg|favicon\\.ico|apple-icon\\.png|manifest\\.webmanifest)$).*)',
      missing: [{ type: 'header', key: 'next-router-prefetch' }],
    },
    // Whatever may be badly encoded.
    '/(.*%.*)',
    '/_global-error(.*)',
  ],
};
