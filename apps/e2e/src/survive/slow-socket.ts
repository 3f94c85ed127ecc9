import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { REPLIES, ServerFrame } from '@hubbub/protocol';
import { CLOSE, ClientFrames, FrameReader, PING, PONG, TEXT } from '../bench/load/frames';
import { LogView } from '../testing/log-view';
import { RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

const STEPS_PER_SECOND = 4;
/** It says this often that it is there: the pings of the gateway wait behind what it has not read. */
const ALIVE_MS = 10_000;
const READ_ON_MS = 30_000;

/** What came of it. */
export interface SlowEnding {
  slowBytes: number;
  fastBytes: number;
  given: number;
  omitted: number;
  /** The close code; `reset` where there was none; null where it was not closed. */
  closed: number | 'reset' | null;
  /** Entries that it has not, after it has come back and paged what it was not given. */
  lacking: number;
  problems: string[];
}

/**
 * A viewer that takes so many bytes a second from its TCP socket and leaves all the others in the system's buffers, which fill, and
 * then in the gateway's.
 */
export class SlowSocket {
  readonly #view = new LogView('the slow reader');
  readonly #frames = new FrameReader();
  readonly #problems: string[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #bytes = 0;
  #isGone = false;
  #closed: number | null = null;

  private constructor(
    private readonly socket: Socket,
    private readonly url: string,
    private readonly room: string,
    private readonly after: number,
  ) {
    socket.on('error', () => undefined);
    socket.on('close', () => (this.#isGone = true));
  }

  /** Joins `room` with what is after `after`; reads that slowly from there on. */
  static async open(
    url: string,
    { room, after, bytesPerSecond }: { room: string; after: number; bytesPerSecond: number },
  ): Promise<SlowSocket> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const slow = new SlowSocket(socket, url, room, after);
    await slow.#upgraded();
    slow.#say({ event: 'join', id: 1, data: { room, after } });
    const step = Math.ceil(bytesPerSecond / STEPS_PER_SECOND);
    slow.#timers.push(
      setInterval(() => {
        // Less where less has come.
        const chunk = socket.read(step) as Buffer | null;
        if (chunk) slow.#take(chunk);
      }, 1_000 / STEPS_PER_SECOND),
      setInterval(() => {
        slow.#say({ event: 'ping', id: 2, data: {} });
      }, ALIVE_MS),
    );
    return slow;
  }

  /** Takes all that is left at once, comes back if it was closed, pages what it was not given, and looks whether that is all up to `head`. */
  async readOn(head: number): Promise<SlowEnding> {
    for (const timer of this.#timers) clearInterval(timer);
    const slowBytes = this.#bytes;
    this.socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    await waitFor(() => this.#view.cursor >= head || this.#closed !== null || this.#isGone, {
      what: 'the slow reader is up to date, or closed',
      timeoutMs: READ_ON_MS,
    });
    const closed = this.#closed ?? (this.#isGone ? 'reset' : null);
    this.socket.destroy();
    const { omitted, entries } = this.#view;
    const given = entries.size;
    const again = await RawClient.open(this.url);
    const view = this.#view;
    const back = await again.ok('join', { room: this.room, after: view.cursor });
    view.join(back, view.cursor);
    await view.fillIn(again, this.room, this.after + 1);
    again.drop();
    let lacking = 0;
    for (let seq = this.after + 1; seq <= head; seq++) if (!entries.has(seq)) lacking++;
    const problems = [...this.#problems];
    if (lacking > 0) problems.push(`the slow reader lacks ${String(lacking)} entries`);
    if (closed !== null && closed !== 4413)
      problems.push(`the slow reader was closed: ${String(closed)}`);
    try {
      view.assertSound();
    } catch (error) {
      problems.push(String(error));
    }
    return {
      slowBytes,
      fastBytes: this.#bytes - slowBytes,
      given,
      omitted,
      closed,
      lacking,
      problems,
    };
  }

  /** Reads the answer to the upgrade, and nothing behind it. @throws {Error} where it is another one. */
  async #upgraded(): Promise<void> {
    let head = '';
    await waitFor(
      () => {
        for (let byte = this.#byte(); byte !== null; byte = this.#byte()) {
          head += byte;
          if (head.endsWith('\r\n\r\n')) return true;
        }
        return this.#isGone;
      },
      { what: 'the upgrade is answered' },
    );
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`no upgrade: ${head.slice(0, 100)}`);
  }

  #byte(): string | null {
    const byte = this.socket.read(1) as Buffer | null;
    return byte && byte.toString('latin1');
  }

  #say(request: object): void {
    this.#write(TEXT, JSON.stringify(request));
  }

  #write(opcode: number, text: string): void {
    const frames = new ClientFrames();
    frames.add(opcode, text);
    this.socket.write(frames.take() ?? '');
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#frames.read(chunk, (first, payload) => {
      const opcode = first & 0x0f;
      if (opcode === PING) this.#write(PONG, payload.toString());
      else if (opcode === CLOSE) this.#closed = payload.readUInt16BE(0);
      else this.#hear(payload.toString());
      return true;
    });
  }

  #hear(text: string): void {
    const frame = ServerFrame.parse(JSON.parse(text));
    if (frame.event === 'error') this.#problems.push(`the slow reader was refused: ${text}`);
    else if (frame.event === 'log') this.#view.log(frame.data);
    else if (frame.event === 'ok' && frame.id === 1)
      this.#view.join(REPLIES.join.parse(frame.data), this.after);
  }
}
