import type { Random } from '../../testing/random';

/** A request of HTTP/1.1. What it says of its body is right, so that it gets exactly one answer. */
export interface HttpRequest {
  method: string;
  /** As it is sent. */
  target: string;
  headers: [name: string, value: string][];
  body: Buffer | null;
}

/** Its bytes; with `inChunks` the body goes as chunks, else with its length. */
export function encode({ method, target, headers, body }: HttpRequest, inChunks = false): Buffer {
  const framing: [string, string][] =
    body === null
      ? []
      : [inChunks ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body.length)]];
  const lines = [...headers, ...framing].map(([name, value]) => `${name}: ${value}`);
  const head = Buffer.from(
    `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`,
    'latin1',
  );
  if (body === null) return head;
  if (!inChunks) return Buffer.concat([head, body]);
  const size = body.length > 0 ? [Buffer.from(`${body.length.toString(16)}\r\n`), body] : [];
  return Buffer.concat([
    head,
    ...size,
    Buffer.from(body.length > 0 ? '\r\n0\r\n\r\n' : '0\r\n\r\n'),
  ]);
}

/** Whatever a header's value may be made of (RFC 9110, 5.5), and bytes that are no UTF-8 too. */
export function headerText(random: Random, length: number): string {
  return Array.from({ length }, () =>
    String.fromCharCode(random.below(10) === 0 ? 128 + random.below(128) : 33 + random.below(94)),
  ).join('');
}

const ODD_PARTS = [
  '%FF',
  '%00',
  '%C0%AF',
  '%ED%A0%80',
  '%',
  '%2',
  '%zz',
  '..',
  '%2e%2e',
  '%2F',
  '%5C',
  '~',
  ';',
  '@',
  ':',
  '*',
  '__proto__',
  'constructor',
  '%E5%BC%B9',
  '%F0%9F%9A%80',
  'a%20b',
  '%0d%0a',
  '()',
  '[0]',
  '{}',
  '|',
  "'",
  '\\',
];

/** A part of a path that nobody should have sent. */
export function oddPart(random: Random): string {
  switch (random.below(4)) {
    case 0:
      return 'a'.repeat(random.below(2_000));
    case 1:
      return encodeURIComponent(random.text(random.below(60)).toWellFormed());
    case 2:
      return random.one(ODD_PARTS) + random.one(ODD_PARTS);
    default:
      return random.one(ODD_PARTS);
  }
}
