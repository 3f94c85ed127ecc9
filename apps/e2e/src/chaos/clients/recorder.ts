import type { HistoryEvent } from '../history';

type Unstamped<E> = E extends unknown ? Omit<E, 'at'> : never;
export type News = Unstamped<HistoryEvent>;

/** Writes down what clients see, with the time of the one clock that they all have. */
export class Recorder {
  constructor(
    private readonly history: HistoryEvent[],
    /** ms since the run began. */
    readonly now: () => number,
  ) {}

  add(news: News): void {
    this.history.push({ ...news, at: this.now() });
  }
}
