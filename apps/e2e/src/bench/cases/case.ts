import type { System } from '../systems/system';
import type { FigureName, Figures } from './figures';
import type { Stage } from './stage';

/** How much of everything. */
export interface Sizes {
  /** Of each measurement. */
  seconds: number;
  /** Of one room. */
  viewers: number;
  idle: number;
  connects: number;
}

/** What a system has to be started with. Cases with the same needs are asked of one that runs already. */
export interface Needs {
  servers: number;
  isCompressed: boolean;
  /** Of Hubbub's gateways. */
  env: Readonly<Record<string, string>>;
}

/** What a system gave for a case in one round. */
export interface Outcome {
  figures: Figures;
  /** What makes the figures mean something else: at a system that is to deliver everything, an error. */
  problems: string[];
}

/** What is asked of the systems. */
export interface Case {
  /** For `--cases`. */
  readonly id: string;
  title(sizes: Sizes): string;
  readonly needs: Needs;
  /** That many have to be there. */
  readonly rooms: number;
  /** Whether it is asked of this one. */
  isFor(system: System): boolean;
  /** As columns, in their order. */
  readonly figures: readonly FigureName[];
  measure(stage: Stage): Promise<Outcome>;
}

export const ALONE: Needs = { servers: 1, isCompressed: false, env: {} };
