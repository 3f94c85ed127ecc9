import { join } from 'node:path';
import { PUSHER_APP } from '../load/wire';
import { workspacePath } from '../../testing/workspace';
import { INSPECTABLE } from '../../testing/inspector';
import {
  defaultPeersDir,
  installPeers,
  requireNodeForUws,
  SOCKET_IO_VERSION,
  SOKETI_VERSION,
} from './install-peers';
import { peer, type PeerOptions } from './peer';
import { answersHttp, type ServerPlan } from './server-process';
import type { StartOptions, System } from './system';

async function install({ peersDir, progress, signal }: StartOptions): Promise<string> {
  const dir = peersDir ?? defaultPeersDir();
  await installPeers({ dir, progress, signal });
  return dir;
}

function installForUws(name: string, options: StartOptions): Promise<string> {
  requireNodeForUws(name);
  return install(options);
}

/** One of the programs in `peers/`. */
function ownProgram(
  name: string,
  file: string,
  { libraries, isCompressed, redisPort }: PeerOptions,
): ServerPlan {
  return {
    name,
    command: process.execPath,
    args: () => [INSPECTABLE, workspacePath('apps/e2e/src/bench/systems/peers', file)],
    env: ({ port }) => ({
      LIBRARIES: libraries,
      PORT: String(port),
      ...(isCompressed && { COMPRESSED: 'yes' }),
      ...(redisPort !== null && { REDIS_URL: `redis://127.0.0.1:${String(redisPort)}` }),
    }),
    isReady: (port) => answersHttp(port, '/'),
  };
}

const SOCKET_IO = `Socket.IO ${SOCKET_IO_VERSION}`;
export const socketIo: System = peer({
  id: 'socket.io',
  name: SOCKET_IO,
  isClustered: true,
  canCompress: true,
  dialect: 'socket.io',
  prepare: install,
  plan: (options) => ownProgram(SOCKET_IO, 'socket.io.mjs', options),
});

/** Soketi as its documentation starts it. */
const SOKETI = `Soketi ${SOKETI_VERSION}`;
export const soketi: System = peer({
  id: 'soketi',
  name: SOKETI,
  isClustered: true,
  canCompress: false,
  dialect: 'pusher',
  prepare: (options) => installForUws(SOKETI, options),
  plan: ({ libraries, redisPort }) => ({
    name: SOKETI,
    command: process.execPath,
    args: () => [
      INSPECTABLE,
      join(libraries, 'node_modules/@soketi/soketi/bin/server.js'),
      'start',
    ],
    env: ({ port, otherPort }) => ({
      SOKETI_DEFAULT_APP_ID: PUSHER_APP.id,
      SOKETI_DEFAULT_APP_KEY: PUSHER_APP.key,
      SOKETI_DEFAULT_APP_SECRET: PUSHER_APP.secret,
      SOKETI_HOST: '127.0.0.1',
      SOKETI_PORT: String(port),
      SOKETI_METRICS_HOST: '127.0.0.1',
      SOKETI_METRICS_SERVER_PORT: String(otherPort),
      SOKETI_SHUTDOWN_GRACE_PERIOD: '0',
      ...(redisPort !== null && {
        SOKETI_ADAPTER_DRIVER: 'redis',
        SOKETI_DB_REDIS_HOST: '127.0.0.1',
        SOKETI_DB_REDIS_PORT: String(redisPort),
      }),
    }),
    isReady: (port) => answersHttp(port, '/ready'),
  }),
});

const WS = 'plain ws';
export const ws: System = peer({
  id: 'ws',
  name: WS,
  isClustered: false,
  canCompress: true,
  dialect: 'plain',
  // The workspace's own: what Hubbub runs on.
  prepare: () => Promise.resolve(workspacePath()),
  plan: (options) => ownProgram(WS, 'ws.mjs', options),
});

const UWS = 'uWebSockets.js publish';
export const uws: System = peer({
  id: 'uws',
  name: UWS,
  isClustered: false,
  canCompress: true,
  dialect: 'plain',
  prepare: (options) => installForUws(UWS, options),
  plan: (options) => ownProgram(UWS, 'uws.mjs', options),
});
