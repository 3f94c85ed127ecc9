import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { CaseResult } from '../bench';
import type { Outcome, Sizes } from '../cases/case';
import type { FigureName, Figures } from '../cases/figures';
import type { SimulationResult } from '../simulations/run';
import { median } from './median';

/** On what it was measured: without that a figure is worth little. */
interface Machine {
  cpu: string;
  cores: number;
  memoryGib: number;
  node: string;
  platform: string;
  /** Whether Linux gives equal shares of its cores to sessions, not to threads (sched(7), autogroup): each server here is one. */
  hasAutogroups: boolean;
}

export interface SystemSummary {
  id: string;
  name: string;
  /** Medians of the rounds. */
  figures: Figures;
  rounds: Outcome[];
  failures: string[];
}

export interface CaseSummary {
  id: string;
  title: string;
  figures: readonly FigureName[];
  systems: SystemSummary[];
}

/** A whole run, as its JSON has it. */
export interface Summary {
  command: string;
  date: string;
  machine: Machine;
  rounds: number;
  sizes: Sizes;
  cases: CaseSummary[];
  simulations: SimulationResult[];
}

function thisMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    hasAutogroups: hasAutogroups(),
  };
}

function hasAutogroups(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/sched_autogroup_enabled', 'utf8').trim() === '1';
  } catch {
    // This kernel has none.
    return false;
  }
}

export function summarise(
  results: readonly CaseResult[],
  run: Omit<Summary, 'cases' | 'machine' | 'date'>,
): Summary {
  return {
    ...run,
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    cases: results.map(({ case: asked, records }) => ({
      id: asked.id,
      title: asked.title(run.sizes),
      figures: asked.figures,
      systems: records.map(({ system: { id, name }, rounds, failures }) => ({
        id,
        name,
        figures: medians(asked.figures, rounds),
        rounds,
        failures,
      })),
    })),
  };
}

/** The figure of a system in a case; null where there is none. */
export function figureOf(
  { cases }: Pick<Summary, 'cases'>,
  where: { asked: string; system: string; figure: FigureName },
): number | null {
  const found = cases
    .find(({ id }) => id === where.asked)
    ?.systems.find(({ id }) => id === where.system);
  return found?.figures[where.figure] ?? null;
}

function medians(names: readonly FigureName[], rounds: readonly Outcome[]): Figures {
  return Object.fromEntries(
    names.map((name) => [name, median(rounds.map(({ figures }) => figures[name] ?? null))]),
  );
}
