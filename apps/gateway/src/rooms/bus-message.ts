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

/**
 * Entries go as lines, each the JSON that is given out in the end: nobody on the way has to parse them. The first line says which
 * they are: who has them already, as the sender itself does, needs not read on.
 */
export function encodeEntries(from: number, items: readonly { json: string }[]): string {
  const to = from + items.length - 1;
  return `${ENTRIES}${String(from)} ${String(to)}\n${items.map((item) => item.json).join('\n')}`;
}

export function encodeMessage(message: Exclude<RoomMessage, { type: 'entries' }>): string {
  return JSON.stringify(message);
}

/** @throws {SyntaxError} where the payload is none of ours. */
export function decodeMessage(payload: string): RoomMessage {
  if (!payload.startsWith(ENTRIES)) return JSON.parse(payload) as RoomMessage;
  const headerEnd = payload.indexOf('\n');
  const [from = NaN, to = NaN] = payload.slice(ENTRIES.length, headerEnd).split(' ').map(Number);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) {
    throw new SyntaxError('entries without a sequence');
  }
  const read = () =>
    payload
      .slice(headerEnd + 1)
      .split('\n')
      .map((json, i) => ({ seq: from + i, json }));
  return { type: 'entries', from, to, read };
}
