import { randomBytes } from 'node:crypto';
import { APP } from './wire';
import type { ServerPlan } from './server-process';

/** Where the processes of one cluster meet. */
export interface Backends {
  redis: string;
  mysql: string;
}

const DEFAULT_APP = {
  SOKETI_DEFAULT_APP_ID: APP.id,
  SOKETI_DEFAULT_APP_KEY: APP.key,
  SOKETI_DEFAULT_APP_SECRET: APP.secret,
};

/** A gateway as the stack starts it (`apps/stack/src/plans/gateway.ts`); without `backends` in embedded mode. */
export function gatewayPlan(program: string, backends: Backends | null): ServerPlan {
  const sessionSecret = randomBytes(32).toString('hex');
  return {
    name: 'Hubbub',
    args: ['--max-semi-space-size=4', program],
    env: ({ port, dir }) => ({
      ...DEFAULT_APP,
      HOST: '127.0.0.1',
      PORT: String(port),
      ...(backends
        ? {
            REDIS_URL: backends.redis,
            DATABASE_URL: backends.mysql,
            SESSION_SECRET: sessionSecret,
          }
        : { DATA_DIR: dir }),
    }),
    readyPath: '/readyz',
  };
}

/** Soketi as its documentation starts it; without `backends` with its local adapter. */
export function soketiPlan(program: string, backends: Backends | null): ServerPlan {
  return {
    name: 'Soketi',
    args: [program, 'start'],
    env: ({ port, metricsPort }) => ({
      ...DEFAULT_APP,
      SOKETI_HOST: '127.0.0.1',
      SOKETI_PORT: String(port),
      SOKETI_METRICS_HOST: '127.0.0.1',
      SOKETI_METRICS_SERVER_PORT: String(metricsPort),
      SOKETI_SHUTDOWN_GRACE_PERIOD: '0',
      ...(backends && {
        SOKETI_ADAPTER_DRIVER: 'redis',
        SOKETI_DB_REDIS_HOST: new URL(backends.redis).hostname,
        SOKETI_DB_REDIS_PORT: new URL(backends.redis).port,
      }),
    }),
    readyPath: '/ready',
  };
}
