import type { Item } from '../fanout/ring';

/** What gateways tell each other on a room's channel. */
export type RoomMessage =
  /** Committed entries, contiguous from `from` to `to`. */
  | { type: 'entries'; from: number; to: number; read: () => Item[] }
  /** Likes and typing of the last second at another gateway. */
  | { type: 'pulse'; gateway: string; likes: number; typing: string[] }
  /** Everybody who gives out this room answers on the sender's channel when it has the log up to `seq` (G9). */
  | { type: 'confirm'; gateway: string; nonce: string; seq: number }
  /** What decides who may read and speak has changed. Everybody who gives out this room answers when they have acted on it (G9). */
  | { type: 'policy'; gateway: string; nonce: string };

const ENTRIES = 'E';
const LINE_END = '\n'.charCodeAt(0);

/**
 * Entries go as lines, each the JSON that is given out in the end: nobody on the way has to parse them. The first line says which
 * they are: who has them already, as the sender itself does, needs not read on.
 */
export function encodeEntries(from: number, items: readonly { json: string }[]): Buffer {
  const to = from + items.length - 1;
  return Buffer.from(
    `${ENTRIES}${String(from)} ${String(to)}\n${items.map((item) => item.json).join('\n')}`,
  );
}

export function encodeMessage(message: Exclude<RoomMessage, { type: 'entries' }>): string {
  return JSON.stringify(message);
}

/** @throws {SyntaxError} where the payload is none of ours. */
export function decodeMessage(payload: Buffer): RoomMessage {
  if (payload[0] !== ENTRIES.charCodeAt(0)) return JSON.parse(payload.toString()) as RoomMessage;
  const headerEnd = payload.indexOf(LINE_END);
  const [from = NaN, to = NaN] = payload
    .toString('latin1', ENTRIES.length, headerEnd)
    .split(' ')
    .map(Number);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) {
    throw new SyntaxError('entries without a sequence');
  }
  return { type: 'entries', from, to, read: () => readItems(payload, headerEnd + 1, from) };
}

/** Each line for itself: a part of one long text would keep all of it for as long as one of its entries is kept. */
function readItems(payload: Buffer, begin: number, from: number): Item[] {
  const items: Item[] = [];
  for (let at = begin; at <= payload.length;) {
    const lineEnd = payload.indexOf(LINE_END, at);
    const end = lineEnd < 0 ? payload.length : lineEnd;
    items.push({ seq: from + items.length, json: payload.toString('utf8', at, end) });
    at = end + 1;
  }
  return items;
}
