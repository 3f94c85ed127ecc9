import type { Socket } from 'node:net';

type Item = { due: number } & (
  { type: 'bytes'; bytes: Buffer } | { type: 'end' } | { type: 'reset' }
);

/** The other side of a connection on the same machine has read what it was given. */
const READ_WITHIN_MS = 20;

/**
 * One direction of a connection: carries bytes, the end and a reset from one socket to the other, in order. Both sockets allow
 * half-open connections.
 */
export class Flow {
  /** How long everything that comes from now on is held up. */
  delayMs = 0;
  private readonly items: Item[] = [];
  private isHeld = true;
  private isFull = false;
  private timer: NodeJS.Timeout | null = null;
  /** Called when the next bytes have been cut. */
  private cut: (() => void) | null = null;
  private isCut = false;

  /** Carries nothing until it is told not to hold it. */
  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
  ) {
    from.pause();
    from.on('data', (bytes: Buffer) => {
      this.add({ type: 'bytes', bytes, due: this.due() });
    });
    from.on('end', () => {
      this.add({ type: 'end', due: this.due() });
    });
    // Told by `close`.
    from.on('error', () => undefined);
    from.on('close', (hadError) => {
      if (hadError || !from.readableEnded) this.add({ type: 'reset', due: this.due() });
    });
    to.on('drain', () => {
      this.isFull = false;
      this.flowOn();
    });
    to.on('close', () => {
      this.discard();
    });
  }

  /** While it is held it takes nothing, so that the sender's and the system's buffers fill as they do where a path is cut. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.flowOn();
    this.carry();
  }

  /** Resolves when the first half of the next bytes has been handed on. After them it carries nothing any more. */
  cutNext(): Promise<void> {
    return new Promise((resolve) => {
      this.cut = resolve;
    });
  }

  private flowOn(): void {
    if (this.isHeld || this.isFull || this.isCut) this.from.pause();
    else this.from.resume();
  }

  private due(): number {
    // In order: what comes after a delay was taken back does not overtake what it holds up.
    return Math.max(performance.now() + this.delayMs, this.items.at(-1)?.due ?? 0);
  }

  private add(item: Item): void {
    this.items.push(item);
    this.carry();
  }

  private carry(): void {
    while (!this.isHeld && !this.isCut && this.timer === null) {
      const [item] = this.items;
      if (!item) return;
      const early = item.due - performance.now();
      if (early > 0) {
        this.timer = setTimeout(() => {
          this.timer = null;
          this.carry();
        }, Math.ceil(early));
        return;
      }
      this.items.shift();
      this.hand(item);
    }
  }

  private hand(item: Item): void {
    const { to } = this;
    if (to.destroyed) return;
    switch (item.type) {
      case 'bytes':
        if (this.cut) this.handHalf(item.bytes, this.cut);
        else if (!to.write(item.bytes)) this.isFull = true;
        this.flowOn();
        return;
      case 'end':
        to.end();
        return;
      case 'reset':
        if (to.connecting) to.destroy();
        else to.resetAndDestroy();
    }
  }

  private handHalf(bytes: Buffer, handed: () => void): void {
    this.isCut = true;
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    // A reset may overtake what has not been read yet.
    this.to.write(half, () => setTimeout(handed, READ_WITHIN_MS));
  }

  /** Nobody is left to carry to. What still comes is read and thrown away, until the other direction ends the sender too. */
  private discard(): void {
    this.items.length = 0;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.isFull = false;
    this.flowOn();
  }
}
