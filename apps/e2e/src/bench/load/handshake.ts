import type { Opening } from './dialects/dialect';

const OPEN_MS = 30_000;

/** Goes through an opening, text by text. */
export class Handshake<Result> {
  readonly done: Promise<Result>;
  /** Once nothing more is to be said. */
  result: Result | undefined;
  #resolve: (result: Result) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly opening: Opening<Result>,
    private readonly say: (text: string) => void,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => {
      this.fail('the server has not answered in time');
    }, OPEN_MS);
  }

  /** True when nothing more is to be said. */
  start(): boolean {
    return this.#follow(() => this.opening.next());
  }

  /** Takes the next text of the server. True when nothing more is to be said. */
  take(text: string): boolean {
    return this.#follow(() => this.opening.next(text));
  }

  fail(reason: string): void {
    clearTimeout(this.#timer);
    this.#reject(new Error(reason));
  }

  #follow(step: () => IteratorResult<string | null, Result>): boolean {
    try {
      const next = step();
      if (next.done) {
        clearTimeout(this.#timer);
        this.result = next.value;
        this.#resolve(next.value);
        return true;
      }
      if (next.value !== null) this.say(next.value);
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    }
    return false;
  }
}
