/** A table's lines: what, and how much. */
export type Rows = [what: string, value: string][];

/** How much of everything. */
export interface Sizes {
  /** Viewers behind Nginx. */
  connections: number;
  /** How long something lasts that has to last: an outage, a viewer that reads slowly. */
  seconds: number;
}

export interface Circumstances {
  sizes: Sizes;
  progress: (text: string) => void;
  /** By how much bounds on time may be passed: not at all where it is measured, by some seconds on a machine that has other work too. */
  slackMs: number;
  /** Ends it, with an error. */
  signal: AbortSignal;
}

/** What was measured, and which bounds did not hold. */
export interface Outcome {
  rows: Rows;
  problems: string[];
}

/** Something that is to be survived. */
export interface Case {
  /** For `--only`. */
  readonly id: string;
  title(sizes: Sizes): string;
  /** @throws {Error} where it could not be measured. Nothing is left running, however it ends. */
  measure(circumstances: Circumstances): Promise<Outcome>;
}
