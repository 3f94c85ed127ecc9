import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

/** Address ranges in CIDR form; a bare address is a range of one. */
const addressRanges = list.transform((parts, ctx) =>
  parts.map((part) => {
    try {
      if (part.includes('/')) return ipaddr.parseCIDR(part);
      const address = ipaddr.parse(part);
      return [address, address.kind() === 'ipv4' ? 32 : 128] as [typeof address, number];
    } catch {
      ctx.addIssue({ code: 'custom', message: `"${part}" is no address or CIDR range` });
      return z.NEVER;
    }
  }),
);

const count = (fallback: number, min = 0) => z.coerce.number().int().min(min).default(fallback);

const Schema = z.object({
  /** Where HTTP and WebSocket are served. */
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  /** `mysql://user:password@host:port/database`. Without it and REDIS_URL: the embedded mode. */
  DATABASE_URL: z.url({ protocol: /^mysql$/ }).optional(),
  /** Connections to MySQL of one gateway. */
  DATABASE_POOL: count(10, 2),
  /** `redis://…` or `rediss://…`. */
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** Embedded mode: the folder of the SQLite file and of the session secret. */
  DATA_DIR: z.string().default('./data'),
  /** Signs session tokens. The embedded mode makes one and keeps it in DATA_DIR. */
  SESSION_SECRET: z.string().min(32, 'has to have at least 32 characters').optional(),
  SESSION_DAYS: count(30, 1),
  /** Bearer token of a trusted server: acts with the role admin. Off where it is not set. */
  ADMIN_TOKEN: z.string().min(16, 'has to have at least 16 characters').optional(),
  /** Origins of browsers besides the host itself (P3), for example `https://example.org`. */
  ALLOWED_ORIGINS: list.default([]),
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  TRUSTED_PROXIES: addressRanges.prefault('127.0.0.0/8,::1'),
  /** Addresses on which no rate limit per address applies. */
  RATE_LIMIT_EXEMPT: addressRanges.prefault('127.0.0.0/8,::1'),
  /** Messages a second that one user may send on average, and in one go. 0: no limit. */
  SEND_RATE: count(5),
  SEND_BURST: count(20, 1),
  /** Where the web app listens, if this gateway is to hand on what it does not serve itself. */
  WEB_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** This gateway's name in `welcome`, logs and metrics. */
  GATEWAY_ID: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/)
    .optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type AddressRange = z.infer<typeof Schema>['TRUSTED_PROXIES'][number];
export type Settings = Omit<z.infer<typeof Schema>, 'GATEWAY_ID'> & { GATEWAY_ID: string };

/** The settings are wrong: nothing can start. The process exits 78 (EX_CONFIG of sysexits.h). */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * The settings of one gateway, from its environment; an empty variable counts as none.
 *
 * @throws {SettingsError} naming each variable that is wrong, and what it should be.
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new SettingsError(lines.join('\n'));
  }
  const settings = parsed.data;
  if (!settings.DATABASE_URL !== !settings.REDIS_URL) {
    const [there, missing] = settings.DATABASE_URL
      ? ['DATABASE_URL', 'REDIS_URL']
      : ['REDIS_URL', 'DATABASE_URL'];
    throw new SettingsError(
      `${missing} is missing: ${there} is set, and a cluster needs both. Set ${missing}, or neither for the embedded mode.`,
    );
  }
  if (settings.DATABASE_URL && !settings.SESSION_SECRET) {
    throw new SettingsError(
      'SESSION_SECRET is missing: every gateway of a cluster needs the same one, of at least 32 characters.',
    );
  }
  return {
    ...settings,
    GATEWAY_ID: settings.GATEWAY_ID ?? `${hostname()}-${randomBytes(3).toString('hex')}`,
  };
}
