import { REQUESTS, type RequestEvent } from '@hubbub/protocol';
import { Refusal } from '../refusal';

/** What one frame of a client is, after the one door where frames are checked (P7). */
export type Inbound =
  | { kind: 'request'; id: number; event: RequestEvent; data: unknown }
  | { kind: 'bad'; id: number | null; refusal: Refusal };

const isEvent = (event: unknown): event is RequestEvent =>
  typeof event === 'string' && Object.hasOwn(REQUESTS, event);

/** Total: every text is one or the other. */
export function parseFrame(text: string): Inbound {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return bad(null, new Refusal('bad_frame', 'the frame is not JSON'));
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) {
    return bad(null, new Refusal('bad_frame', 'the frame is not a JSON object'));
  }
  const { event, id: givenId, data = {} } = frame as Record<string, unknown>;
  const id = Number.isSafeInteger(givenId) ? (givenId as number) : null;
  if (!isEvent(event)) {
    return bad(id, new Refusal('unknown_event', 'there is no such event', { field: 'event' }));
  }
  if (id === null) {
    return bad(null, new Refusal('invalid', 'id: has to be an integer', { field: 'id' }));
  }
  const parsed = REQUESTS[event].safeParse(data);
  if (parsed.success) return { kind: 'request', id, event, data: parsed.data };
  const issue = parsed.error.issues[0];
  const field = issue && issue.path.length > 0 ? issue.path.join('.') : 'data';
  return bad(id, new Refusal('invalid', `${field}: ${issue?.message ?? 'is wrong'}`, { field }));
}

function bad(id: number | null, refusal: Refusal): Inbound {
  return { kind: 'bad', id, refusal };
}
