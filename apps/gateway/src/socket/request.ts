import type { ErrorData, RequestEvent } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import type { Connection } from './connection';
import type { Task } from './lanes';

/** JSON that is ready to be sent. */
export class ReadyJson {
  constructor(readonly text: string) {}
}

export interface RequestOptions {
  connection: Connection;
  id: number;
  event: RequestEvent;
  data: unknown;
  /** When it came; `performance.now()`. */
  at: number;
  /** Called when its turn has come. */
  run: (request: Request) => void;
}

/** One request of a client and its one reply (P6). The first answer counts; a later one is passed over. */
export class Request implements Task {
  readonly connection: Connection;
  readonly id: number;
  readonly event: RequestEvent;
  readonly data: unknown;
  readonly lane: string;
  readonly isConcurrent: boolean;
  readonly at: number;
  readonly #run: (request: Request) => void;
  #answer: string | undefined;

  constructor({ connection, id, event, data, at, run }: RequestOptions) {
    this.connection = connection;
    this.id = id;
    this.event = event;
    this.data = data;
    this.lane = (data as { room?: string }).room ?? '';
    this.isConcurrent = event === 'send';
    this.at = at;
    this.#run = run;
  }

  get answer(): string | undefined {
    return this.#answer;
  }

  start(): void {
    this.#run(this);
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
    this.connection.settle(this.lane);
  }
}

export function encodeError(id: number | null, data: ErrorData): string {
  return JSON.stringify({ event: 'error', id, data });
}
