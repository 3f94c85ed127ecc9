import type { IncomingMessage } from 'node:http';
import { readSettings } from '../env';
import {
  addressGroup,
  addressWithin,
  clientAddress,
  isSecure,
  originAllowed,
} from './client-address';

const settings = readSettings({
  TRUSTED_PROXIES: '10.0.0.0/8,::1',
  ALLOWED_ORIGINS: 'https://example.org,http://localhost:3000/',
});

function request(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe('the address of a client', () => {
  const address = (remote: string, forwardedFor?: string) =>
    clientAddress(
      request(remote, forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }),
      settings,
    );

  it.each([
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['2001:db8::1', undefined, '2001:db8::1'],
    ['10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['::ffff:10.0.0.1', ' 203.0.113.9 ', '203.0.113.9'],
    ['::1', '2001:db8::7', '2001:db8::7'],
    // Behind two proxies of ours.
    ['10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'],
  ])('%s with X-Forwarded-For %s is %s', (remote, forwardedFor, expected) => {
    expect(address(remote, forwardedFor)).toBe(expected);
  });

  it('is not what a client claims that comes without a proxy', () => {
    expect(address('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
  });

  it('is not what a client wrote before the proxy wrote', () => {
    expect(address('10.0.0.1', '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
    expect(address('10.0.0.1', '198.51.100.1, 203.0.113.9, 10.0.0.2')).toBe('203.0.113.9');
  });

  it('is the last known hop where the list is damaged', () => {
    expect(address('10.0.0.1', 'nonsense')).toBe('10.0.0.1');
    expect(address('10.0.0.1', 'nonsense, 10.0.0.5')).toBe('10.0.0.5');
    expect(address('10.0.0.1', '')).toBe('10.0.0.1');
  });

  it('is counted by the /64 for IPv6', () => {
    expect(addressGroup('2001:db8:1:2:3:4:5:6')).toBe(addressGroup('2001:db8:1:2::1'));
    expect(addressGroup('2001:db8:1:2::1')).not.toBe(addressGroup('2001:db8:1:3::1'));
    expect(addressGroup('203.0.113.9')).toBe('203.0.113.9');
    expect(addressGroup('unknown')).toBe('unknown');
  });

  it('is within a range of its own family', () => {
    expect(addressWithin('::ffff:10.1.2.3', settings.TRUSTED_PROXIES)).toBe(true);
    expect(addressWithin('11.0.0.1', settings.TRUSTED_PROXIES)).toBe(false);
    expect(addressWithin('::1', settings.TRUSTED_PROXIES)).toBe(true);
    expect(addressWithin('unknown', settings.TRUSTED_PROXIES)).toBe(false);
  });
});

describe('https', () => {
  it('is believed of a trusted proxy alone', () => {
    const headers = { 'x-forwarded-proto': 'https' };
    expect(isSecure(request('10.0.0.1', headers), settings)).toBe(true);
    expect(isSecure(request('203.0.113.9', headers), settings)).toBe(false);
    expect(isSecure(request('10.0.0.1'), settings)).toBe(false);
  });
});

describe('P3: an Origin', () => {
  const allowed = (origin: string, headers: Record<string, string>, remote = '203.0.113.9') =>
    originAllowed(request(remote, { origin, ...headers }), settings);

  it('is the host itself, on whichever port', () => {
    expect(allowed('http://chat.test:8080', { host: 'chat.test:8080' })).toBe(true);
    expect(allowed('https://chat.test', { host: 'chat.test' })).toBe(true);
    expect(allowed('https://chat.test', { host: 'chat.test:443' })).toBe(true);
    expect(allowed('http://chat.test:8081', { host: 'chat.test:8080' })).toBe(false);
    expect(allowed('https://evil.test', { host: 'chat.test' })).toBe(false);
    expect(allowed('https://chat.test.evil.test', { host: 'chat.test' })).toBe(false);
  });

  it('is the host that a trusted proxy was asked for', () => {
    const headers = { host: 'gateway:9001', 'x-forwarded-host': 'chat.test' };
    expect(allowed('https://chat.test', headers, '10.0.0.1')).toBe(true);
    expect(allowed('https://chat.test', headers)).toBe(false);
  });

  it('is listed', () => {
    expect(allowed('https://example.org', { host: 'chat.test' })).toBe(true);
    expect(allowed('http://localhost:3000', { host: 'chat.test' })).toBe(true);
    expect(allowed('http://example.org', { host: 'chat.test' })).toBe(false);
  });

  it('is nobody’s where it is null or nonsense', () => {
    expect(allowed('null', { host: 'chat.test' })).toBe(false);
    expect(allowed('chat.test', { host: 'chat.test' })).toBe(false);
    expect(allowed('', { host: 'chat.test' })).toBe(false);
  });

  it('is not needed of what is no browser', () => {
    expect(originAllowed(request('203.0.113.9', { host: 'chat.test' }), settings)).toBe(true);
  });
});
