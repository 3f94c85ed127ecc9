import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

/**
 * "In most cases, a request must reach AWS within five minutes of the time stamp in the request"
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). The SDKs correct their clocks by the Date of the answer
 * and try again.
 */
const AGE_MAX_MS = 5 * 60_000;
const SERVICE = 'execute-api';
const NEEDED = ['host', 'x-amz-date'];
const CREDENTIAL = /^(.+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/;
const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** A request as it came. */
export interface SignedRequest {
  readonly method: string;
  /** As it was sent: nothing decoded. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a request says of its signature (AWS Signature Version 4). */
export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly at: Date;
}

/** Null where there is no signature, or it leaves out the host or the time. */
export function readClaim(headers: IncomingHttpHeaders): SignatureClaim | null {
  const [scheme = '', ...rest] = (headers.authorization ?? '').split(' ');
  if (scheme !== 'AWS4-HMAC-SHA256') return null;
  const parts = new Map(
    rest
      .join(' ')
      .split(',')
      .map((part) => {
        const at = part.indexOf('=');
        return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
      }),
  );
  const [, accessKeyId, day, region, service] =
    CREDENTIAL.exec(parts.get('Credential') ?? '') ?? [];
  const signature = parts.get('Signature');
  const signedHeaders = parts.get('SignedHeaders')?.toLowerCase().split(';') ?? [];
  const time = oneOf(headers, 'x-amz-date') ?? '';
  const [, year, month, date, hour, minute, second] = TIME.exec(time)?.map(Number) ?? [];
  if (accessKeyId === undefined || region === undefined || signature === undefined) return null;
  if (service !== SERVICE || year === undefined || !time.startsWith(`${day ?? ''}T`)) return null;
  if (!NEEDED.every((name) => signedHeaders.includes(name))) return null;
  const at = new Date(Date.UTC(year, (month ?? 0) - 1, date, hour, minute, second));
  return { accessKeyId, region, signedHeaders, signature, at };
}

export function isTimely({ at }: SignatureClaim, now: number): boolean {
  return Math.abs(now - at.getTime()) <= AGE_MAX_MS;
}

/** Whether the holder of the secret has signed exactly this request, its body included. */
export async function isSigned(
  request: SignedRequest,
  claim: SignatureClaim,
  secret: string,
): Promise<boolean> {
  const { accessKeyId, region, signedHeaders, at } = claim;
  // The signer takes its word for the body's digest where it is there.
  const said = oneOf(request.headers, 'x-amz-content-sha256');
  const actual = createHash('sha256').update(request.body).digest('hex');
  if (said !== undefined && said !== actual) return false;
  const signer = new SignatureV4({
    service: SERVICE,
    region,
    credentials: { accessKeyId, secretAccessKey: secret },
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: '',
      path: request.path,
      query: queryOf(request.query),
      headers: Object.fromEntries(
        signedHeaders.map((name) => [name, oneOf(request.headers, name) ?? '']),
      ),
      body: request.body,
    },
    { signingDate: at, signableHeaders: new Set(signedHeaders) },
  );
  const [, expected = ''] = /Signature=(.*)$/.exec(signed.headers['authorization'] ?? '') ?? [];
  return equal(expected, claim.signature);
}

function queryOf(query: string): Record<string, string | string[]> {
  const bag: Record<string, string | string[]> = {};
  const given = new URLSearchParams(query.replaceAll('+', '%2B'));
  for (const name of new Set(given.keys())) bag[name] = given.getAll(name);
  return bag;
}

function oneOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** In a time that does not tell how much of it is right. */
function equal(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
