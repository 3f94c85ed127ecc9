/**
 * Injection tokens of what is no class. `app.module.ts` provides them globally, along with the classes Database, RoomLog,
 * RoomStore and the use cases of rooms/.
 */

/** `Settings` of env.ts. */
export const SETTINGS = Symbol('Settings');
/** `Log` of log.ts. */
export const LOG = Symbol('Log');
/** `Redis` of ioredis, or null in the embedded mode. */
export const REDIS = Symbol('Redis');
/** `ViewerCounts` of rooms/viewer-counts.ts. */
export const VIEWER_COUNTS = Symbol('ViewerCounts');
/** `PolicyNews` of rooms/policy-news.ts. */
export const POLICY_NEWS = Symbol('PolicyNews');
/** Makes every gateway read the Pusher apps of the database anew. */
export const REFRESH_APPS = Symbol('refreshApps');
