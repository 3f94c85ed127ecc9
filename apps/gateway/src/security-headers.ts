/** What every answer says unless it has something more fitting to say: it is never run, never a page in a frame, and tells nobody where one was. */
export const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const;

/** For a year. Said over https alone: over http no browser believes it (RFC 6797, 7.2). */
export const STRICT_TRANSPORT = 'max-age=31536000';
