import { ERROR_CODES } from '@hubbub/protocol';
import type { HttpAnswer } from '../http/answers';
import type { Tally } from '../tally';

/** In what form a door says that it refuses. */
export type Door = 'api' | 'pusher' | 'connections' | 'any';

/** Counts an answer, and says what is wrong with it: a failure of the server, or a refusal that does not say why in its door's form. */
export function judge(answer: HttpAnswer, request: Buffer, to: { tally: Tally; door: Door }): void {
  const { tally, door } = to;
  const { status } = answer;
  tally.count(String(status));
  if (status === 503 && tally.passesOver(answer.body.toString())) return;
  const fault = faultOf(answer, door);
  if (fault !== null) {
    const said = answer.body.toString('latin1', 0, 200);
    tally.wrong(`answered ${String(status)}, ${fault}: ${said}`, request);
  }
}

function faultOf({ status, body, headers }: HttpAnswer, door: Door): string | null {
  if (status >= 500) return 'which is a failure';
  if (status < 400 || door === 'any') return null;
  // What is no path, or no method of any of ours, is refused by Nginx in its own words; what has `..` in it may be a page.
  if (headers.get('content-type')?.startsWith('text/html')) return null;
  const said = parse(body);
  switch (door) {
    case 'api': {
      const { code, message } = said;
      const isCoded =
        typeof code === 'string' && code in ERROR_CODES && typeof message === 'string';
      return isCoded ? null : 'without a code';
    }
    case 'pusher':
      // What there is no route for is answered with nothing, as Soketi does.
      if (status === 404 && body.length === 0) return null;
      return typeof said['error'] === 'string' && said['code'] === status ? null : 'without a code';
    case 'connections':
      return headers.has('x-amzn-errortype') ? null : 'without the name of an exception';
  }
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
