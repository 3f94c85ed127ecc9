import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A path of the workspace. Looked for from the current folder upwards: this file runs as a module and, in tests, as a script,
 * which name their own place differently.
 */
export function workspacePath(...parts: string[]): string {
  let root = process.cwd();
  while (!existsSync(join(root, 'nx.json'))) {
    if (dirname(root) === root) throw new Error('start this from within the workspace');
    root = dirname(root);
  }
  return join(root, ...parts);
}
