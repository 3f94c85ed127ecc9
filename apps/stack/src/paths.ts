import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the workspace, without a trailing slash. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[/\\]$/, '');

export const GATEWAY_PROGRAM = join(ROOT, 'apps/gateway/dist/main.mjs');
export const WEB_PROGRAM = join(ROOT, 'apps/web/.next/standalone/apps/web/server.js');
export const BOTS_PROGRAM = fileURLToPath(new URL('./bots/main.ts', import.meta.url));
export const GUARD_PROGRAM = fileURLToPath(new URL('./guard.ts', import.meta.url));
export const TSCONFIG = join(ROOT, 'apps/stack/tsconfig.json');
export const NGINX_TEMPLATE = join(ROOT, 'nginx/nginx.conf.template');
