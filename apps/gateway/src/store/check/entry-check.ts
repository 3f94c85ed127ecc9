import {
  ClearEntry,
  DeleteEntry,
  GiftEntry,
  MessageEntry,
  MuteEntry,
  PinEntry,
  RoomEntry,
  UnmuteEntry,
  type Entry,
  type EntryKind,
} from '@hubbub/protocol';
import { entryJson } from '../entry-json';

/** A row of `room_entries` as it is there, which may be anything. */
export interface EntryRow {
  seq: number | string;
  at: number | string;
  kind: string;
  body: string;
  withdrawn: number;
}

/** A message is kept whole, also where it is withdrawn. */
const SCHEMAS = {
  message: MessageEntry,
  delete: DeleteEntry,
  mute: MuteEntry,
  unmute: UnmuteEntry,
  clear: ClearEntry,
  room: RoomEntry,
  pin: PinEntry,
  gift: GiftEntry,
} satisfies Record<EntryKind, unknown>;

/** The entry as it is given out; or, in words and without its text, why it is none. */
export function readEntry(row: EntryRow): { entry: Entry } | { problem: string } {
  const { kind, body } = row;
  const seq = Number(row.seq);
  const at = Number(row.at);
  if (!isKind(kind)) return { problem: `is of the kind "${kind}", which there is not` };
  // Whoever reads the log tells an entry's kind by its first characters.
  if (!body.startsWith(`{"kind":"${kind}"`)) {
    return { problem: `is of the kind "${kind}", and its body does not begin with that` };
  }
  let value: unknown;
  try {
    value = JSON.parse(entryJson(seq, at, body));
  } catch {
    return { problem: `(${kind}) has a body that is no JSON` };
  }
  const parsed = SCHEMAS[kind].safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    return { problem: `is no ${kind}: ${where && `${where}: `}${issue?.message ?? ''}` };
  }
  const entry = parsed.data;
  if (entry.seq !== seq || entry.at !== at) {
    return { problem: `(${kind}) has another place or time in its body` };
  }
  return { entry };
}

function isKind(kind: string): kind is EntryKind {
  return Object.hasOwn(SCHEMAS, kind);
}
