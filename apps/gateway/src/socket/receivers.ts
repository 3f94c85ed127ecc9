import * as ws from 'ws';

type Done = (error?: Error | null) => void;
type Write = (this: Receiver, chunk: Buffer, encoding: BufferEncoding, done: Done) => void;

/** What `ws` reads frames with; its type declarations do not describe it. */
export interface Receiver {
  readonly _errored: boolean;
  /** Who its frames are for; without one, all that comes is read at once. */
  reader?: Reader;
}

export interface Reader {
  /** Whether it takes more frames now. */
  readonly hasRoom: boolean;
  /** Keeps what has come: until it has room, or until the socket is closed. */
  hold(rest: Rest): void;
}

/** Some twenty messages of a chat. What comes off a socket at once, 64 KB, may be hundreds. */
const SLICE_BYTES = 4_096;

const { prototype } = (ws as unknown as { Receiver: { prototype: { _write: Write } } }).Receiver;
const write = prototype._write;

/**
 * Changes how `ws` reads, in two ways:
 *
 * A chunk is read in slices, and only while its reader has room. A frame that is read and waits takes several times its bytes, and
 * five whole chunks, of connections that flood, took 13 ms of one turn.
 *
 * Who has sent one broken frame is not read any more. While a compressed frame is unpacked, what comes behind it waits, and is then
 * handed on chunk by chunk, also past a frame that is broken; there `ws` 8.23 throws, for it has put the mask away, and nobody
 * catches it: three small packets would end the gateway.
 */
export function readInSlices(): void {
  prototype._write = writeInSlices;
}

function writeInSlices(this: Receiver, chunk: Buffer, encoding: BufferEncoding, done: Done): void {
  if (this._errored) done();
  else if (this.reader && chunk.length > SLICE_BYTES)
    new Rest(this, chunk, encoding, done).readOn();
  else write.call(this, chunk, encoding, done);
}

/** What is not read yet of a chunk. */
export class Rest {
  #readBytes = 0;

  constructor(
    private readonly receiver: Receiver,
    private readonly chunk: Buffer,
    private readonly encoding: BufferEncoding,
    private readonly done: Done,
  ) {}

  /** Reads the next slice, and those behind it until the reader has no room. */
  readOn(): void {
    const { receiver, chunk, encoding } = this;
    if (receiver._errored) {
      this.done();
      return;
    }
    const slice = chunk.subarray(this.#readBytes, this.#readBytes + SLICE_BYTES);
    this.#readBytes += slice.length;
    write.call(receiver, slice, encoding, this.#goOn);
  }

  /** Nobody is to get it any more. */
  drop(): void {
    this.done();
  }

  readonly #goOn: Done = (error) => {
    const { reader } = this.receiver;
    if (error || this.#readBytes === this.chunk.length) this.done(error);
    else if (reader?.hasRoom === false) reader.hold(this);
    else this.readOn();
  };
}
