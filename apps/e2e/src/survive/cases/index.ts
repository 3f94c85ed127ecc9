import type { Case } from './case';
import { gatewayKilled } from './gateway-killed';
import { redisStopped } from './redis-stopped';
import { rollingRestart } from './rolling-restart';
import { slowReader } from './slow-reader';

export const CASES: readonly Case[] = [rollingRestart, gatewayKilled, redisStopped, slowReader];
