import { pusherChannels, rooms } from './hubbub';
import { socketIo, soketi, uws, ws } from './peers';
import type { System } from './system';

/** All that are compared, in the order of tables. */
export const SYSTEMS: readonly System[] = [rooms, pusherChannels, socketIo, soketi, ws, uws];
