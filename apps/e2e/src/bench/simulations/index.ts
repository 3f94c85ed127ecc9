import { redisCluster } from './redis-cluster';
import { redisFanOut } from './redis-fan-out';
import { roomLogs } from './room-logs';
import type { Simulation } from './simulation';

export const SIMULATIONS: readonly Simulation[] = [redisFanOut, redisCluster, roomLogs];
