/** Why some inputs should not have been answered so, and the first of them. */
export interface Problem {
  target: string;
  what: string;
  input: string;
  times: number;
}

/** Of a long input the beginning tells enough. */
const SHOWN = 400;
/** Whoever has so many does not need more of them. */
const ENOUGH = 500;

/** What a cluster says that stood still for a moment: what has waited for long is refused, and is to come again. */
const BUSY = ['this gateway is behind', 'the database does not take messages now'];

/** What the inputs of one target came to. */
export class Tally {
  sent = 0;
  /** How long that took. */
  ms = 0;
  /** How often each outcome was: an answer's code or status, or a close. */
  readonly outcomes = new Map<string, number>();
  readonly problems: Problem[] = [];

  /** @param mayBeBusy whether to be told to come again is no fault. */
  constructor(
    readonly target: string,
    private readonly mayBeBusy: boolean,
  ) {}

  /** How many inputs went wrong. */
  get wrongs(): number {
    return this.problems.reduce((sum, { times }) => sum + times, 0);
  }

  get isHopeless(): boolean {
    return this.wrongs >= ENOUGH;
  }

  /** Whether a refusal tells of the machine, and nothing of the input. */
  passesOver(refusal: string): boolean {
    return this.mayBeBusy && BUSY.some((it) => refusal.includes(it));
  }

  count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  wrong(what: string, input: string | Buffer | readonly (string | Buffer)[]): void {
    const known = this.problems.find((it) => it.what === what);
    if (known) {
      known.times++;
      return;
    }
    const inputs = typeof input === 'string' || Buffer.isBuffer(input) ? [input] : input;
    const shown = inputs.map((it) => JSON.stringify(textOf(it).slice(0, SHOWN)));
    this.problems.push({ target: this.target, what, input: shown.join('\n    '), times: 1 });
  }
}

/** Bytes that are no UTF-8 are told as they are. */
function textOf(input: string | Buffer): string {
  return typeof input === 'string' ? input : input.toString('latin1');
}
