import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { Frame } from './frame';
import { FrameChain } from './frame-chain';
import type { InflateWindow } from './outgoing';

const createWindow = (isKept = true): InflateWindow => ({ isKept, endsWith: null });

/** Reads a server's text frame (RFC 6455, 5.2). */
function readFrame(bytes: Buffer): { isCompressed: boolean; payload: Buffer } {
  const length = (bytes[1] ?? 0) & 0x7f;
  const offset = length === 126 ? 4 : length === 127 ? 10 : 2;
  expect((bytes[0] ?? 0) & 0x8f).toBe(0x81);
  return { isCompressed: ((bytes[0] ?? 0) & 0x40) !== 0, payload: bytes.subarray(offset) };
}

/** A client's side of RFC 7692: it inflates each message behind the last 32 KB of those before, or behind nothing. */
class Client {
  readonly window: InflateWindow;
  bytes = 0;
  #before = Buffer.alloc(0);

  constructor(isKept = true) {
    this.window = createWindow(isKept);
  }

  read(frame: Frame): string {
    const bytes = frame.deflatedFor(this.window);
    this.bytes += bytes.length;
    const { isCompressed, payload } = readFrame(bytes);
    if (!isCompressed) return payload.toString();
    const whole = Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]);
    const dictionary = this.#before.length > 0 && { dictionary: this.#before };
    const text = inflateRawSync(whole, { finishFlush: 2, ...dictionary });
    if (this.window.isKept) this.#before = Buffer.concat([this.#before, text]).subarray(-32_768);
    return text.toString();
  }
}

describe('frame', () => {
  it.each([5, 125, 126, 600, 65_535, 65_536, 200_000])('carries %i bytes', (size) => {
    const text = 'x'.repeat(size);
    const frame = new Frame(text);
    expect(readFrame(frame.plain).payload.toString()).toBe(text);
    expect(new Client().read(frame)).toBe(text);
  });

  it('compresses once, and only what is worth it', () => {
    const large = new Frame('弹幕 '.repeat(1_000));
    expect(large.deflatedFor(createWindow())).toBe(large.deflatedFor(createWindow()));
    expect(large.deflatedFor(createWindow()).length).toBeLessThan(large.plain.length / 10);
    const small = new Frame('{}');
    expect(small.deflatedFor(createWindow())).toBe(small.plain);
  });
});

describe('a chain of frames', () => {
  /** What twenty of fifty viewers say, each of whom has a long name. */
  const danmaku = (i: number) =>
    Array.from({ length: 20 }, (_, j) => {
      const viewer = (i * 7 + j * 13) % 50;
      const user = createHash('md5').update(String(viewer)).digest('base64');
      return JSON.stringify({ seq: i * 20 + j, at: 1_700_000_000_000 + i * 97, user });
    }).join();

  it('is read by whoever comes and goes, whatever they miss and get besides', () => {
    const step = fc.record({
      /** Which of the clients get the frame. */
      readers: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      chars: fc.constantFrom(10, 200, 600, 5_000, 40_000),
      many: fc.boolean(),
      /** Somebody is sent one of another room. */
      other: fc.option(fc.nat({ max: 3 })),
      ends: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [chain, otherChain] = [new FrameChain(), new FrameChain()];
        const clients = [new Client(), new Client(), new Client(false), new Client()];
        for (const [i, { readers, chars, many, other, ends }] of steps.entries()) {
          const text = danmaku(i).repeat(40).slice(0, chars);
          const frame = chain.next(text, many ? 1_000 : 1);
          for (const [at, client] of clients.entries()) {
            if (readers[at] === true) expect(client.read(frame)).toBe(text);
          }
          if (other !== null) {
            const elsewhere = `another ${text}`;
            expect(clients[other]?.read(otherChain.next(elsewhere, 1_000))).toBe(elsewhere);
          }
          if (ends) chain.end();
        }
        chain.end();
        otherChain.end();
      }),
    );
  });

  it('repeats nothing for who had all of it, and is made once for all of them', () => {
    const chain = new FrameChain();
    const clients = Array.from({ length: 3 }, () => new Client());
    const alone = new Client(false);
    for (let i = 0; i < 30; i++) {
      const frame = chain.next(danmaku(i), 1_000);
      for (const client of [...clients, alone]) expect(client.read(frame)).toBe(danmaku(i));
    }
    for (const client of clients) expect(client.bytes).toBeLessThan(alone.bytes / 2);
    const last = chain.next(danmaku(30), 1_000);
    const bytes = new Set(clients.map(({ window }) => last.deflatedFor(window)));
    expect(bytes.size).toBe(1);
    chain.end();
  });

  it('leaves small frames as they are, unless many read them', () => {
    const chain = new FrameChain();
    const text = danmaku(0).slice(0, 300);
    const few = chain.next(text, 2);
    expect(few.deflatedFor(createWindow())).toBe(few.plain);
    const window = createWindow();
    chain.next(text, 1_000).deflatedFor(window);
    expect(chain.next(text, 1_000).deflatedFor(window).length).toBeLessThan(50);
    chain.end();
  });
});
