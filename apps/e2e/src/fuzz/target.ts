import { Random } from '../testing/random';
import type { Stage } from './stage';
import type { Tally } from './tally';

/** A share of a target's inputs. */
export interface Work {
  stage: Stage;
  /** How many are to be sent; a connection's last ones may be a few more. */
  count: number;
  /** The same seed makes the same inputs. */
  seed: number;
  tally: Tally;
  /** Told of inputs that were sent. */
  onSent: (inputs: number) => void;
}

/** A door, and what is sent to it. */
export interface Target {
  readonly id: string;
  readonly what: string;
  /** Of a thousand inputs of a whole run. */
  readonly share: number;
  /** Whether it needs the web app. */
  readonly needsWeb?: boolean;
  run(work: Work): Promise<void>;
}

/**
 * Lets `atOnce` workers send until the work is done, or there are problems enough. `send` returns how many inputs it has sent; each
 * worker has its own random numbers.
 */
export async function inParallel(
  { count, seed, tally, onSent }: Work,
  atOnce: number,
  send: (random: Random, worker: number) => Promise<number>,
): Promise<void> {
  let left = count;
  const workers = Array.from({ length: atOnce }, async (_, worker) => {
    const random = new Random(seed * atOnce + worker);
    while (left > 0 && !tally.isHopeless) {
      const sent = await send(random, worker);
      left -= sent;
      tally.sent += sent;
      onSent(sent);
    }
  });
  await Promise.all(workers);
}
