import type { ErrorData } from '@hubbub/protocol';
import { Refusal } from '../refusal';

/** JSON that is ready to be sent. */
export class ReadyJson {
  constructor(readonly text: string) {}
}

/** One request of a client and its one reply (P6). The first answer counts; a later one is passed over. */
export class Request {
  #answer: string | undefined;

  constructor(
    readonly id: number,
    readonly event: string,
    readonly data: unknown,
    private readonly answered: (request: Request) => void,
  ) {}

  /** The text of the reply frame, once there is one. */
  get answer(): string | undefined {
    return this.#answer;
  }

  ok(data: object): void {
    const json = data instanceof ReadyJson ? data.text : JSON.stringify(data);
    this.#reply(`{"event":"ok","id":${String(this.id)},"data":${json}}`);
  }

  fail(refusal: Refusal): void {
    this.#reply(encodeError(this.id, refusal.toData()));
  }

  #reply(text: string): void {
    if (this.#answer !== undefined) return;
    this.#answer = text;
    this.answered(this);
  }
}

export function encodeError(id: number | null, data: ErrorData): string {
  return JSON.stringify({ event: 'error', id, data });
}
