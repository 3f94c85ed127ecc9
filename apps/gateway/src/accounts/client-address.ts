import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import ipaddr from 'ipaddr.js';
import type { AddressRange, Settings } from '../env';

type Address = AddressRange[0];
type Trust = Pick<Settings, 'TRUSTED_PROXIES'>;

/** An IPv4 address that arrived as `::ffff:1.2.3.4` is the IPv4 address. */
function parseAddress(text: string | undefined): Address | null {
  const bare = text?.trim();
  return bare && ipaddr.isValid(bare) ? ipaddr.process(bare) : null;
}

function isWithin(address: Address, ranges: readonly AddressRange[]): boolean {
  return ranges.some(
    ([base, bits]) => base.kind() === address.kind() && address.match([base, bits] as never),
  );
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** True where the address (in text) is in one of the ranges. What is no address is in none. */
export function addressWithin(address: string, ranges: readonly AddressRange[]): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && isWithin(parsed, ranges);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** True where the other end of the connection is a proxy that we believe. */
function cameThroughProxy(request: IncomingMessage, settings: Trust): boolean {
  return addressWithin(request.socket.remoteAddress ?? '', settings.TRUSTED_PROXIES);
}

/** True where a load balancer has handed it on: it takes another gateway where this one answers 503. */
export function isHandedOn(request: IncomingMessage, settings: Trust): boolean {
  return request.headers['x-forwarded-for'] !== undefined && cameThroughProxy(request, settings);
}

/**
 * The client's address. X-Forwarded-For is read from right to left and believed only as far as trusted proxies wrote it: what
 * a client writes there itself stands further left, and is never reached.
 */
export function clientAddress(request: IncomingMessage, settings: Trust): string {
  let address = parseAddress(request.socket.remoteAddress);
  if (!address) return 'unknown';
  const hops = header(request, 'x-forwarded-for')?.split(',') ?? [];
  while (isWithin(address, settings.TRUSTED_PROXIES)) {
    const hop = parseAddress(hops.pop());
    if (!hop) break;
    address = hop;
  }
  return address.toString();
}

/**
 * What a limit per address counts by: the address, or for IPv6 its /64, which is what one customer is given.
 */
export function addressGroup(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed || parsed.kind() === 'ipv4') return address;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString()}/64`;
}

/** True where the client speaks https, to us or to a trusted proxy. */
export function isSecure(request: IncomingMessage, settings: Trust): boolean {
  if ((request.socket as Partial<TLSSocket>).encrypted) return true;
  if (!cameThroughProxy(request, settings)) return false;
  return header(request, 'x-forwarded-proto')?.split(',')[0]?.trim() === 'https';
}

/**
 * P3: a browser names the Origin of the page. It has to be the host that the request is for (its Host, or the
 * X-Forwarded-Host of a trusted proxy), or be listed in ALLOWED_ORIGINS. No Origin: not a browser, allowed. `null` (a
 * sandboxed frame, a file) is nobody's, refused.
 */
export function originAllowed(
  request: IncomingMessage,
  settings: Trust & Pick<Settings, 'ALLOWED_ORIGINS'>,
): boolean {
  const origin = request.headers.origin;
  if (origin === undefined) return true;
  const page = parseUrl(origin);
  if (!page || (page.protocol !== 'http:' && page.protocol !== 'https:')) return false;
  if (settings.ALLOWED_ORIGINS.some((allowed) => parseUrl(allowed)?.origin === page.origin)) {
    return true;
  }
  const hosts = [request.headers.host];
  if (cameThroughProxy(request, settings)) {
    hosts.push(header(request, 'x-forwarded-host')?.split(',').at(-1)?.trim());
  }
  return hosts.some((host) => host && parseUrl(`${page.protocol}//${host}`)?.host === page.host);
}
