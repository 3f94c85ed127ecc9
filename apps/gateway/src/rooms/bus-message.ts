import type { Item } from '../fanout/ring';

/** What gateways tell each other on a room's channel. */
export type RoomMessage =
  /** Committed entries, contiguous from `from`. */
  | { type: 'entries'; from: number; items: Item[] }
  /** Likes and typing of the last second at another gateway. */
  | { type: 'pulse'; gateway: string; likes: number; typing: string[] }
  /** Everybody who gives out this room answers on the sender's channel when it has the log up to `seq` (G9). */
  | { type: 'confirm'; gateway: string; nonce: string; seq: number }
  /** What decides who may read and speak has changed. */
  | { type: 'policy' };

const ENTRIES = 'E';

/** Entries go as lines, each the JSON that is given out in the end: nobody on the way has to parse them. */
export function encodeEntries(from: number, items: readonly { json: string }[]): string {
  return `${ENTRIES}${String(from)}\n${items.map((item) => item.json).join('\n')}`;
}

export function encodeMessage(message: Exclude<RoomMessage, { type: 'entries' }>): string {
  return JSON.stringify(message);
}

/** @throws {SyntaxError} where the payload is none of ours. */
export function decodeMessage(payload: string): RoomMessage {
  if (!payload.startsWith(ENTRIES)) return JSON.parse(payload) as RoomMessage;
  const lines = payload.split('\n');
  const from = Number((lines[0] ?? '').slice(ENTRIES.length));
  if (!Number.isSafeInteger(from)) throw new SyntaxError('entries without a sequence');
  return {
    type: 'entries',
    from,
    items: lines.slice(1).map((json, i) => ({ seq: from + i, json })),
  };
}
