import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspacePath } from '../../testing/workspace';

/**
 * The clocks of gateways, as their programs see them: `Date`, which is what a machine's clock that jumps changes. What measures
 * spans of time (timers, `performance`) goes on as it does then. Each is set by a file, which a module that is loaded before the
 * gateway's own program looks at.
 */
export class Clocks {
  /** @param dir holds the files. */
  constructor(private readonly dir: string) {
    mkdirSync(dir, { recursive: true });
  }

  /** For the gateways' environment, which has to be set before they start. */
  get env(): Record<string, string> {
    const module = workspacePath('apps/e2e/src/chaos/faults/clock-preload.cjs');
    return { NODE_OPTIONS: `--require "${module}"`, HUBBUB_CHAOS_CLOCKS: this.dir };
  }

  /** Moves a gateway's clock away from the true time, within some tenths of a second. 0: puts it right. */
  set(gateway: number, ms: number): void {
    const file = join(this.dir, `gateway-${String(gateway + 1)}`);
    writeFileSync(`${file}.new`, String(ms));
    renameSync(`${file}.new`, file);
  }
}
