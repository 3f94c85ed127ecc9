import { SESSION_COOKIE } from '@hubbub/protocol/tables';
import type { SessionUser } from '@hubbub/protocol';
import { cookies, headers } from 'next/headers';
import { cache } from 'react';
import { gatewayUrl } from '../env';
import { ApiClient } from './client';

/** For server components: asks the gateway as the visitor, and gives up soon, for a page is waiting. */
export const serverApi = cache(async (): Promise<ApiClient> => {
  const incoming = await headers();
  const passedOn: Record<string, string> = {};
  for (const name of ['cookie', 'x-forwarded-for', 'user-agent']) {
    const value = incoming.get(name);
    if (value !== null) passedOn[name] = value;
  }
  return new ApiClient({ baseUrl: gatewayUrl(), headers: passedOn, timeoutMs: 3000 });
});

/** Every page waits for this. */
const CURRENT_USER_DEADLINE_MS = 1000;

/**
 * The visitor, once per request. `undefined` where the browser has to ask itself: the gateway did not answer in time (a
 * visitor shown as signed out would sign in a second time), or it knows nobody by this cookie (only an answer to the browser
 * takes the cookie away, and until then the socket is refused).
 */
export const currentUser = cache(async (): Promise<SessionUser | null | undefined> => {
  if (!(await cookies()).has(SESSION_COOKIE)) return null;
  try {
    const signal = AbortSignal.timeout(CURRENT_USER_DEADLINE_MS);
    return (await (await serverApi()).me({ signal })) ?? undefined;
  } catch {
    return undefined;
  }
});
