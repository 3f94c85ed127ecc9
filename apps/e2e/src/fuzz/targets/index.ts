import type { Target } from '../target';
import { fallback } from './fallback';
import { pages } from './pages';
import { pusherApi } from './pusher-api';
import { pusherSockets } from './pusher-sockets';
import { rawHttp } from './raw-http';
import { rawSockets } from './raw-sockets';
import { rest } from './rest';
import { roomSockets } from './room-sockets';

/** Every door, with shares of a thousand that make up the whole. */
export const TARGETS: readonly Target[] = [
  roomSockets,
  pusherSockets,
  rest,
  pusherApi,
  fallback,
  rawSockets,
  rawHttp,
  pages,
];
