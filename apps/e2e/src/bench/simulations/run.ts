import type { Sizes } from '../cases/case';
import type { Simulation, SimulationTable } from './simulation';

export interface SimulationResult extends SimulationTable {
  id: string;
  title: string;
}

interface RunOptions {
  sizes: Sizes;
  progress: (text: string) => void;
  signal: AbortSignal;
}

/** Runs it, and stops all that it has started. */
export async function runSimulation(
  simulation: Simulation,
  { sizes, progress, signal }: RunOptions,
): Promise<SimulationResult> {
  const owned: { stop: () => Promise<unknown> }[] = [];
  try {
    const table = await simulation.run({
      sizes,
      signal,
      progress: (text) => {
        signal.throwIfAborted();
        progress(`${simulation.id}: ${text}`);
      },
      own: (it) => {
        owned.push(it);
        return it;
      },
    });
    return { id: simulation.id, title: simulation.title, ...table };
  } finally {
    for (let next = owned.pop(); next; next = owned.pop()) await next.stop();
  }
}
