import type { Outgoing } from '../../fanout/outgoing';

/**
 * One frame of SockJS 0.3.3 as its XHR transports carry it
 * (https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html): a letter, JSON, and the end of the line. The JSON has no
 * line break in it, so that a line is a frame.
 */
export interface SockjsFrame {
  readonly bytes: Buffer;
  /** As a browser counts the text it has received: units of UTF-16. */
  readonly length: number;
}

function frameOf(text: string): SockjsFrame {
  const line = `${text}\n`;
  return { bytes: Buffer.from(line), length: line.length };
}

/** Proxies and browsers that hold back the beginning of an answer let go after this. */
export const PRELUDE = frameOf('h'.repeat(2048));
/** A client that streams answers it with an empty send; one that polls, by asking again. */
export const HEARTBEAT = frameOf('h');
/** No messages: the client knows that the server is there, and answers nothing. */
export const NOTHING = frameOf('a[]');

/** `hostname`: where the client is to send all other requests of this session (pusher-js does; SockJS has nothing like it). */
export function openFrame(hostname: string | null): SockjsFrame {
  return frameOf(hostname === null ? 'o' : `o${JSON.stringify({ hostname })}`);
}

export function closeFrame(code: number, reason: string): SockjsFrame {
  return frameOf(`c${JSON.stringify([code, reason])}`);
}

/** One or several messages, and the frame that carries them. */
export class MessageBatch {
  /** JSON strings with commas between. */
  readonly #json: string;
  #frame: SockjsFrame | undefined;
  readonly sizeBytes: number;

  constructor(texts: readonly string[]) {
    this.#json = JSON.stringify(texts).slice(1, -1);
    this.sizeBytes = Buffer.byteLength(this.#json);
  }

  get frame(): SockjsFrame {
    return (this.#frame ??= frameOf(`a[${this.#json}]`));
  }

  /** One frame for all of them. */
  static join(batches: readonly MessageBatch[]): SockjsFrame {
    const [first] = batches;
    if (first && batches.length === 1) return first.frame;
    return frameOf(`a[${batches.map((it) => it.#json).join(',')}]`);
  }
}

const made = new WeakMap<Outgoing, MessageBatch>();

/** The batch of a broadcast: made once, however many sessions get it. */
export function batchOf(outgoing: Outgoing): MessageBatch {
  let batch = made.get(outgoing);
  if (!batch) made.set(outgoing, (batch = new MessageBatch(outgoing.texts)));
  return batch;
}
