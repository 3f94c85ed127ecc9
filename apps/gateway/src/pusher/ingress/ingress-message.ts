import { DanmakuStyle, DisplayName, MessageText, Slug } from '@hubbub/protocol';
import { z } from 'zod';
import { Refusal } from '../../refusal';

/** Where a message goes. Messages of one target are delivered in the order in which they were added. */
type IngressTarget =
  | { type: 'channel'; channel: string }
  | { type: 'user'; userId: string }
  | { type: 'room'; room: string };

/** A message that another part of the system has put onto the stream. */
export interface IngressMessage {
  readonly app: string;
  readonly target: IngressTarget;
  /** The event's name; a room has messages only. */
  readonly event: string;
  /** As it was given: for channels and users it goes on like this. */
  readonly data: string;
  /** The sender's idempotency key. */
  readonly id: string | null;
  /** The socket id of a connection that does not get it. */
  readonly except: string | null;
}

/** What a room is told: `data` where it is a JSON object. */
const RoomMessage = z.strictObject({
  text: MessageText,
  /** The author as everybody sees them. */
  name: DisplayName.optional(),
  danmaku: DanmakuStyle.optional(),
});
export type RoomMessage = z.infer<typeof RoomMessage>;

const ID_CHARS_MAX = 200;

/** The fields of an entry as Redis gives them: name, value, name, value, … A name that comes twice counts where it comes last. */
export function fieldsOf(pairs: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < pairs.length; i += 2) fields.set(pairs[i] ?? '', pairs[i + 1] ?? '');
  return fields;
}

/** What has to stay in order. Also for entries that are no messages. */
export function laneOf(pairs: readonly string[]): string {
  const fields = fieldsOf(pairs);
  return JSON.stringify([fields.get('app'), fields.get('target')]);
}

/** @throws {Refusal} `invalid` for an entry that is no message. */
export function parseIngressMessage(pairs: readonly string[]): IngressMessage {
  const fields = fieldsOf(pairs);
  const need = (field: string): string => {
    const value = fields.get(field);
    if (!value) throw new Refusal('invalid', `${field} is missing`, { field });
    return value;
  };
  const target = parseTarget(need('target'));
  const id = fields.get('id') ?? '';
  if (id.length > ID_CHARS_MAX) {
    const message = `id has more than ${String(ID_CHARS_MAX)} characters`;
    throw new Refusal('invalid', message, { field: 'id' });
  }
  return {
    app: need('app'),
    target,
    event: target.type === 'room' ? 'message' : need('event'),
    // Unlike a name, an empty text is one.
    data: fields.get('data') ?? need('data'),
    id: id || null,
    except: fields.get('except') || null,
  };
}

/** `data` of a message for a room: a JSON object, a JSON string, or else the text itself. @throws {Refusal} `invalid`. */
export function parseRoomMessage(data: string): RoomMessage {
  const value = parseJson(data);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const candidate = isObject ? value : { text: typeof value === 'string' ? value : data };
  const parsed = RoomMessage.safeParse(candidate);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = ['data', ...(issue?.path ?? [])].join('.');
  throw new Refusal('invalid', `${path}: ${issue?.message ?? 'not understood'}`, { field: path });
}

function parseTarget(text: string): IngressTarget {
  const colon = text.indexOf(':');
  const [type, name] = [text.slice(0, colon), text.slice(colon + 1)];
  if (type === 'channel' && name) return { type, channel: name };
  if (type === 'user' && name) return { type, userId: name };
  if (type === 'room' && Slug.safeParse(name).success) return { type, room: name };
  const message = 'target is none of channel:<name>, user:<id>, room:<slug>';
  throw new Refusal('invalid', message, { field: 'target' });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
