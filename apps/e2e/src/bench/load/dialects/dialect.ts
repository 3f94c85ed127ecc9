import type { Message } from '../workload';

/**
 * How a connection comes to where it wants to be: each `yield` says something (or nothing: null) and is given the next text that
 * the server says.
 *
 * @throws {Error} with the server's words where it refuses.
 */
export type Opening<Result> = Generator<string | null, Result, string>;

/** What one text frame holds for a viewer. */
export interface Content {
  /** Of the messages that are the generator's. */
  indexes: number[];
  omitted: number;
  /** The part of the room's log that this is; null where a dialect has none. */
  range: { from: number; to: number } | null;
}

/** A server's answer to one message. */
export interface Reply {
  id: number;
  /** Null for ok. */
  refusal: string | null;
}

/** What a viewer can tell of a frame by its header. */
type FrameKind = 'message' | 'ping' | 'other';

export interface ViewerDialect {
  path(): string;
  /** Its result is the last sequence of the room's log that the viewer was given; null where there is no log. */
  join(room: string): Opening<number | null>;
  /** Null where a frame has many messages: it has to be read. */
  readonly kindOf: ((payloadBytes: number, isCompressed: boolean) => FrameKind) | null;
  /** What is in a text; null where that is nothing for a viewer. */
  read(text: string): Content | null;
  /** What to say to a ping that is a text; null where pings are frames of their own. */
  readonly pong: string | null;
  /** What a viewer says now and then so that it is not taken for gone; null where answers to pings do. */
  readonly keepalive: string | null;
}

/** How messages get in by a WebSocket. */
export interface SenderDialect {
  path(token: string | undefined): string;
  /** Who speaks in a room is in it, and is given what is said there. */
  enter(rooms: string[]): Opening<null>;
  /** The text that sends a message; its reply has the same `id`. */
  encode(message: Message, id: number): string;
  /** Null where a message is not answered. What is no reply is null, too. */
  readonly replyIn: ((payload: Buffer) => Reply | null) | null;
  /** What to say to a ping that is a text, of one byte; null where pings are frames of their own. */
  readonly pong: string | null;
}

/** What a message's text ends with, where it is somewhere in JSON, or in JSON in JSON. */
const TEXT_END = /"text\\?":\\?"[^"\\]* ([0-9a-z]+)\\?"/;

/** For dialects with a message in each frame. */
export function messageIn(text: string): Content | null {
  const digits = TEXT_END.exec(text)?.[1];
  if (digits === undefined) return null;
  return { indexes: [parseInt(digits, 36)], omitted: 0, range: null };
}
