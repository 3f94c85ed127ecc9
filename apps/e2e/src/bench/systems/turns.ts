import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { workspacePath } from '../../testing/workspace';

/**
 * How much processor time gateways take between two ticks of their event loops, as a module says that is loaded before their own
 * program: of a stall, their own work. The rest of it they have waited for a core.
 */
export class Turns {
  /** @param file all gateways write into it. */
  constructor(private readonly file: string) {
    writeFileSync(file, '');
  }

  /** For the gateways' environment, which has to be set before they start. `options` are Node's other ones. */
  envWith(options: string): Record<string, string> {
    const module = workspacePath('apps/e2e/src/bench/systems/turns-preload.cjs');
    return {
      NODE_OPTIONS: `${options} --require "${module}"`,
      HUBBUB_BENCH_TURNS: this.file,
    };
  }

  /** In ms, since this was last asked; 0 where none was long. */
  takeLongest(): number {
    const noted = readFileSync(this.file, 'utf8').split('\n').map(Number);
    truncateSync(this.file);
    return Math.max(...noted);
  }
}
