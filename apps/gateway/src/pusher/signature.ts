import { createHmac, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256 in hex, as everything of the Pusher protocol is signed. */
export function sign(secret: string, text: string | Buffer): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** Whether `given` is the signature of `text`, in a time that does not tell how much of it is right. */
export function signatureMatches(secret: string, text: string, given: string): boolean {
  const expected = Buffer.from(sign(secret, text));
  const actual = Buffer.from(given);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** Whether `auth` is `key:signature` of the app for `text`. */
export function authMatches(
  app: { key: string; secret: string },
  text: string,
  auth: string,
): boolean {
  const colon = auth.indexOf(':');
  return (
    auth.slice(0, colon) === app.key && signatureMatches(app.secret, text, auth.slice(colon + 1))
  );
}
