import type { FaultRecord, HistoryEvent } from './history';

/** A fault, and how it ended. */
export interface FaultResult extends FaultRecord {
  /**
   * From when the fault was over until every reader was joined and had a fresh message; null where that did not come in time.
   */
  recoveryMs: number | null;
}

/** A whole run, as it is told. */
export interface Outcome {
  /** Repeats it. */
  command: string;
  seed: number;
  /** How long the clients talked, ms. */
  ms: number;
  faults: readonly FaultResult[];
  acknowledged: number;
  /** In plain words; none: everything held. */
  problems: readonly string[];
  history: readonly HistoryEvent[];
}
