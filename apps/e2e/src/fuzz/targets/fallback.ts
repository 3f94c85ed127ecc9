import { connect } from 'node:net';
import { PUSHER_APP } from '../../testing/pusher-pages';
import type { Random } from '../../testing/random';
import type { HttpAnswer } from '../http/answers';
import { HttpConnection } from '../http/connection';
import { encode, oddPart } from '../http/request';
import { pusherMessage } from '../inputs/pusher-messages';
import { anything, broken, nested } from '../inputs/values';
import { inParallel, type Target, type Work } from '../target';
import { judge } from './judge';

const AT_ONCE = 8;
const SENDS = 12;
const PATIENCE_MS = 20_000;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** A frame of SockJS: a letter and, mostly, JSON. */
const FRAMES = /^(?:(?:o(?:\{.*\})?|h+|a\[.*\]|c\[\d+,".*"\])\n)+$/;

/** Sessions of pusher-js's HTTP fallback: polled and streamed, with paths and bodies that are right and that are not. */
export const fallback: Target = {
  id: 'fallback',
  what: 'requests of the HTTP fallback',
  share: 12,
  run: (work) =>
    inParallel(work, AT_ONCE, async (random) => {
      const url = random.one(work.stage.doors);
      const session = new Session(url, random, work);
      try {
        return await session.live();
      } finally {
        session.drop();
      }
    }),
};

class Session {
  readonly #connection: HttpConnection;
  readonly #path: string;
  #sent = 0;
  #drops: (() => void)[] = [];

  constructor(
    private readonly url: string,
    private readonly random: Random,
    private readonly work: Work,
  ) {
    this.#connection = new HttpConnection(url);
    const name = Array.from({ length: 8 }, () =>
      ALPHABET.charAt(random.below(ALPHABET.length)),
    ).join('');
    this.#path = `/pusher/app/${PUSHER_APP.key}/${String(random.below(1_000))}/${name}`;
  }

  /** How many requests it has sent. */
  async live(): Promise<number> {
    const { random } = this;
    if (random.below(4) === 0) {
      await this.#ask(random.one(['POST', 'POST', 'GET', 'OPTIONS', 'PUT']), this.#oddPath(), 'x');
      return this.#sent;
    }
    if (random.isTrue()) await this.#stream();
    else await this.#poll('o');
    for (let i = random.below(SENDS); i >= 0; i--) {
      const body = this.#messages();
      await this.#ask('POST', `${this.#path}/xhr_send`, body);
    }
    return this.#sent;
  }

  drop(): void {
    this.#connection.drop();
    for (const drop of this.#drops) drop();
  }

  #oddPath(): string {
    const { random } = this;
    const parts = this.#path.split('/').slice(1);
    const at = random.below(parts.length);
    const path = parts.map((it, i) => (i === at ? oddPart(random) : it)).join('/');
    return `/${path}/${random.one(['xhr_send', 'xhr_send', 'websocket', 'info', ''])}`;
  }

  #messages(): Buffer {
    const { random, work } = this;
    const texts = Array.from({ length: random.below(6) }, () =>
      pusherMessage(random, work.stage, '1.1').toString(),
    );
    const text = JSON.stringify(texts);
    switch (random.below(8)) {
      case 0:
        return broken(random, text);
      case 1:
        return Buffer.from(JSON.stringify(anything(random)));
      case 2:
        return Buffer.from(nested(random, 50_000));
      case 3:
        return Buffer.alloc(random.below(300_000), random.one(['x', '"', '[']));
      default:
        return Buffer.from(text);
    }
  }

  /** Its first answer, which does not wait for anything. */
  async #poll(beginning: string): Promise<void> {
    const answer = await this.#ask('POST', `${this.#path}/xhr`, '');
    const text = answer?.body.toString() ?? '';
    if (answer && (!FRAMES.test(text) || !text.startsWith(beginning))) {
      this.work.tally.wrong('this is no frame of SockJS', text);
    }
  }

  /** One that goes on until it is dropped; resolves with its first frames. */
  async #stream(): Promise<void> {
    const { hostname: host, port } = new URL(this.url);
    const socket = connect({ host, port: Number(port) });
    this.#drops.push(() => socket.destroy());
    const request = this.#encode('POST', `${this.#path}/xhr_streaming`, '');
    this.#sent++;
    const isOpen = await new Promise<boolean>((resolve) => {
      let text = '';
      const timer = setTimeout(() => {
        resolve(false);
      }, PATIENCE_MS);
      const end = (isOk: boolean) => {
        clearTimeout(timer);
        resolve(isOk);
      };
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('\no')) end(true);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        end(false);
      });
      socket.write(request);
    });
    this.work.tally.count(isOpen ? 'streams' : 'no stream');
    if (!isOpen) this.work.tally.wrong('a stream does not open', request);
  }

  #encode(method: string, target: string, body: string | Buffer): Buffer {
    return encode({ method, target, headers: [['Host', 'fuzz.example']], body: Buffer.from(body) });
  }

  async #ask(method: string, target: string, body: string | Buffer): Promise<HttpAnswer | null> {
    const { tally } = this.work;
    const bytes = this.#encode(method, target, body);
    this.#sent++;
    try {
      const answer = await this.#connection.ask(bytes);
      judge(answer, bytes, { tally, door: 'any' });
      return answer;
    } catch (error) {
      tally.wrong(String(error), bytes);
      return null;
    }
  }
}
