import { CLIENT_KINDS } from './clients';
import { CLOCK_KIND } from './clock';
import type { Kind } from './fault';
import { GATEWAY_KINDS } from './gateways';
import { PATH_KINDS } from './paths';
import { SERVER_KINDS } from './servers';

/** All that can be done to a cluster. */
export const KINDS: readonly Kind[] = [
  ...GATEWAY_KINDS,
  ...SERVER_KINDS,
  ...PATH_KINDS,
  ...CLIENT_KINDS,
  CLOCK_KIND,
];
