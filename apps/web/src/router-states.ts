import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { parseAndValidateFlightRouterState } from 'next/dist/server/app-render/parse-and-validate-flight-router-state';

/**
 * A request whose router state (what its client has of the page already) Next could not read, which it would answer 500, is taken for one without: it gets the whole page. Not
 * in src/proxy.ts, for Next hides the header there.
 */
export function dropBadRouterStates(): void {
  subscribe('http.server.request.start', (message) => {
    const { headers } = (message as { request: IncomingMessage }).request;
    const state = headers['next-router-state-tree'];
    if (state !== undefined && !isRouterState(state)) delete headers['next-router-state-tree'];
  });
}

function isRouterState(header: string | string[]): boolean {
  try {
    parseAndValidateFlightRouterState(header);
    return true;
  } catch {
    return false;
  }
}
