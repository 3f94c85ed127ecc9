import { connect, type Socket } from 'node:net';
import { AnswerReader, type HttpAnswer } from './answers';

const PATIENCE_MS = 20_000;
/** Who was upgraded and goes on waiting for what was promised is left after this. */
const LINGER_MS = 200;

/** What a server said to some bytes, until it closed. */
export interface Said {
  answers: HttpAnswer[];
  /** What came after the answers: of an upgraded socket, its frames. */
  rest: Buffer;
}

/** Where a URL's server listens. */
function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** Requests over one connection of TCP, one after the other, byte by byte as they are given. */
export class HttpConnection {
  #socket: Socket | null = null;

  constructor(private readonly url: string) {}

  /**
   * The answer to one request.
   *
   * @throws {Error} where there is none in 20 s, or the server closes instead, also on a fresh connection.
   */
  async ask(request: Buffer, isHead = false): Promise<HttpAnswer> {
    if (this.#socket && !this.#socket.destroyed) {
      // One that was kept may have been closed meanwhile.
      const answer = await this.#exchange(this.#socket, request, isHead).catch(() => null);
      if (answer) return answer;
    }
    this.drop();
    this.#socket = connect({ ...addressOf(this.url), noDelay: true });
    return this.#exchange(this.#socket, request, isHead);
  }

  drop(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #exchange(socket: Socket, request: Buffer, isHead: boolean): Promise<HttpAnswer> {
    const reader = new AnswerReader(isHead);
    return new Promise<HttpAnswer>((resolve, reject) => {
      const over = (result: HttpAnswer | Error) => {
        clearTimeout(timer);
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        if (result instanceof Error) {
          socket.destroy();
          reject(result);
          return;
        }
        if (result.headers.get('connection') === 'close' || !reader.isEmpty) socket.destroy();
        resolve(result);
      };
      const timer = setTimeout(() => {
        over(new Error('no answer'));
      }, PATIENCE_MS);
      socket.on('data', (chunk: Buffer) => {
        try {
          const [answer] = reader.read(chunk);
          if (answer) over(answer);
        } catch (error) {
          over(error as Error);
        }
      });
      socket.on('error', over);
      socket.on('close', () => {
        over(new Error('closed without an answer'));
      });
      socket.write(request);
    });
  }
}

/**
 * Sends bytes that may be no request at all, part by part, then ends its side, and takes all that is answered until the server closes.
 *
 * @param untilUpgraded the first part is a request, and the others wait for its answer.
 * @throws {Error} where the answer is no HTTP, or the server does not close.
 */
export function converse(
  url: string,
  parts: readonly Buffer[],
  untilUpgraded = false,
): Promise<Said> {
  const socket = connect({ ...addressOf(url), noDelay: true });
  const reader = new AnswerReader();
  const answers: HttpAnswer[] = [];
  const frames: Buffer[] = [];
  return new Promise<Said>((resolve, reject) => {
    let waiting = untilUpgraded ? parts.slice(1) : null;
    const over = (error?: Error) => {
      clearTimeout(timer);
      socket.destroy();
      if (error) reject(error);
      else resolve({ answers, rest: Buffer.concat([...frames, reader.takeRest()]) });
    };
    const timer = setTimeout(() => {
      over(new Error('the server does not close'));
    }, PATIENCE_MS);
    socket.on('data', (chunk: Buffer) => {
      try {
        const isUpgraded = answers.at(-1)?.status === 101;
        if (isUpgraded) frames.push(chunk);
        else answers.push(...reader.read(chunk));
      } catch (error) {
        over(error as Error);
        return;
      }
      if (answers.length === 0 || !waiting) return;
      void send(socket, waiting).then(() => setTimeout(over, LINGER_MS));
      waiting = null;
    });
    // A server may close before it has read everything.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      over();
    });
    void send(socket, waiting ? parts.slice(0, 1) : parts, !waiting);
  });
}

/** Each part in a packet of its own where it goes; then this side ends, unless there is more to come. */
async function send(socket: Socket, parts: readonly Buffer[], isAll = true): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.write(part, () => {
        resolve();
      });
    });
  }
  if (isAll) socket.end();
}

/** One connection of each worker to each door, made when it is first asked for. */
export class HttpConnections {
  readonly #open = new Map<string, HttpConnection>();

  of(worker: number, url: string): HttpConnection {
    const key = `${String(worker)} ${url}`;
    const connection = this.#open.get(key) ?? new HttpConnection(url);
    this.#open.set(key, connection);
    return connection;
  }

  drop(): void {
    for (const connection of this.#open.values()) connection.drop();
  }
}
