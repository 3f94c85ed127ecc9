import * as ws from 'ws';

/** What `ws` keeps and its type declarations do not describe. */
interface Receiver {
  _errored: boolean;
}
type Write = (
  this: Receiver,
  chunk: Buffer,
  encoding: BufferEncoding,
  done: (error?: Error | null) => void,
) => void;

const { prototype } = (ws as unknown as { Receiver: { prototype: { _write: Write } } }).Receiver;
const write = prototype._write;

/**
 * Who has sent one broken frame is not read any more. While a compressed frame is unpacked, what comes behind it waits, and is then
 * handed on chunk by chunk, also past a frame that is broken; there `ws` 8.23 throws, for it has put the mask away, and nobody
 * catches it: three small packets would end the gateway.
 */
export function endFailedReceivers(): void {
  prototype._write = writeUnlessFailed;
}

function writeUnlessFailed(
  this: Receiver,
  chunk: Buffer,
  encoding: BufferEncoding,
  done: (error?: Error | null) => void,
): void {
  if (this._errored) done();
  else write.call(this, chunk, encoding, done);
}
