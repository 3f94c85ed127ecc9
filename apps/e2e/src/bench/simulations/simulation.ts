import type { Sizes } from '../cases/case';

/** What a simulation needs of the run. */
export interface Tools {
  sizes: Sizes;
  progress: (text: string) => void;
  /** Ends what is started. */
  signal: AbortSignal;
  /** It is stopped when the simulation ends, however that is: in reverse order. */
  own: <T extends { stop: () => Promise<unknown> }>(it: T) => T;
}

/** Figures of simulations by which a larger cluster is reckoned. CPU in µs. */
export interface Facts {
  /** Of Redis, for one subscriber of one publication, where there are many. */
  redisPerSubscriber?: number;
  /** Of Redis, for one replica of one publication. */
  redisPerReplica?: number;
  /** Messages a second into 100,000 rooms, in proportion to those into 1,000. */
  logSpread?: number;
}

export interface SimulationTable {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** What is reckoned with: see `Facts`. */
  facts: Facts;
}

/** A part of what a cluster of hundreds of gateways would do, tried with the same servers on this machine. */
export interface Simulation {
  /** For `--cases`. */
  readonly id: string;
  readonly title: string;
  run(tools: Tools): Promise<SimulationTable>;
}

export function microseconds(ms: number, count: number, digits = 2): string {
  return `${((ms * 1_000) / count).toFixed(digits)} µs`;
}

export function count(value: number): string {
  return new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format(value);
}
