/** An answer as it came, of whatever status. */
export interface HttpAnswer {
  status: number;
  /** By name in small letters; of several with one name the last. */
  headers: Map<string, string>;
  body: Buffer;
}

const HEAD_END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

/** Answers of HTTP/1.1, however the network cuts them (RFC 9112, 6.3). What is none throws. */
export class AnswerReader {
  #rest: Buffer = NOTHING;

  /** @param isHead whether the requests were HEAD, whose answers have no body. */
  constructor(private readonly isHead = false) {}

  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  /** Those that are whole; interim ones (1xx) are passed over, but for 101. @throws {Error} where it is no HTTP. */
  read(chunk: Buffer): HttpAnswer[] {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const answers: HttpAnswer[] = [];
    for (;;) {
      const answer = this.#next();
      if (!answer) return answers;
      if (answer.status >= 200 || answer.status === 101) answers.push(answer);
      if (answer.status === 101) return answers;
    }
  }

  /** What followed the last answer: after an upgrade, the frames. */
  takeRest(): Buffer {
    const rest = this.#rest;
    this.#rest = NOTHING;
    return rest;
  }

  #next(): HttpAnswer | null {
    const end = this.#rest.indexOf(HEAD_END);
    if (end < 0) return null;
    const [first = '', ...lines] = this.#rest.toString('latin1', 0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1]);
    if (!Number.isInteger(status)) throw new Error(`no answer of HTTP: ${first.slice(0, 100)}`);
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const from = end + HEAD_END.length;
    const hasBody = !this.isHead && status >= 200 && status !== 204 && status !== 304;
    const found = hasBody ? this.#body(headers, from) : { body: NOTHING, to: from };
    if (!found) return null;
    this.#rest = this.#rest.subarray(found.to);
    return { status, headers, body: found.body };
  }

  /** Null: it has not come whole. */
  #body(headers: Map<string, string>, from: number): { body: Buffer; to: number } | null {
    if (headers.get('transfer-encoding') === 'chunked') return this.#chunks(from);
    const length = Number(headers.get('content-length') ?? NaN);
    // One without a length, which answers HTTP/1.0, ends with the connection: what has come by now stands for it.
    if (!Number.isInteger(length))
      return { body: this.#rest.subarray(from), to: this.#rest.length };
    const to = from + length;
    return this.#rest.length < to ? null : { body: this.#rest.subarray(from, to), to };
  }

  #chunks(from: number): { body: Buffer; to: number } | null {
    const parts: Buffer[] = [];
    for (let at = from; ;) {
      const line = this.#rest.indexOf('\r\n', at);
      if (line < 0) return null;
      const length = parseInt(this.#rest.toString('latin1', at, line), 16);
      const to = line + 2 + length;
      if (this.#rest.length < to + 2) return null;
      if (length === 0) return { body: Buffer.concat(parts), to: to + 2 };
      parts.push(this.#rest.subarray(line + 2, to));
      at = to + 2;
    }
  }
}
