import { readFileSync } from 'node:fs';
import { SettingsError } from '../../settings-error';

/** Objects without a prototype, arrays, and what JSON has besides. */
export type Tree = Record<string, unknown>;

/** The configuration file of Soketi, its dotted keys unfolded. */
export interface ConfigFile {
  readonly path: string;
  readonly tree: Tree;
}

const isObject = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is at the end of `path`; undefined where that leads nowhere. */
export function valueAt(tree: Tree, path: readonly string[]): unknown {
  let value: unknown = tree;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Tree)[name];
  }
  return value;
}

/** The paths of everything in `tree` that is no object, with their values. */
export function* leavesOf(tree: Tree, before = ''): Generator<[path: string, value: unknown]> {
  for (const [name, value] of Object.entries(tree)) {
    if (isObject(value)) yield* leavesOf(value, `${before}${name}.`);
    else yield [`${before}${name}`, value];
  }
}

/** Puts `value` where `path` leads, as a member of what is there already. */
function unfold(into: Tree, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length > 0) {
    const there = into[name];
    const isIndex = /^\d+$/.test(rest[0] ?? '');
    const next = typeof there === 'object' && there !== null ? there : isIndex ? [] : emptyTree();
    into[name] = next;
    unfold(next as Tree, rest, value);
  } else if (isObject(value)) {
    const members = isObject(into[name]) ? into[name] : emptyTree();
    into[name] = members;
    for (const [key, member] of Object.entries(value)) unfold(members, [key], member);
  } else into[name] = value;
}

/** Without a prototype: no key of a file leads into one. */
const emptyTree = (): Tree => Object.create(null) as Tree;

/**
 * The file that `--config <path>` or `--config=<path>` names, else SOKETI_CONFIG_FILE; null where neither does.
 *
 * @throws {SettingsError} where it cannot be read, or is no JSON object. The message has nothing of what is in it.
 */
export function readConfigFile(
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): ConfigFile | null {
  const at = args.findIndex((arg) => arg === '--config' || arg.startsWith('--config='));
  const named = args[at]?.slice('--config='.length) || args[at + 1];
  if (at >= 0 && !named) throw new SettingsError('--config: the path of a JSON file has to follow');
  const path = at >= 0 ? named : environment['SOKETI_CONFIG_FILE'];
  return path ? { path, tree: treeOf(path) } : null;
}

function treeOf(path: string): Tree {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new SettingsError(`${path}: the configuration file cannot be read (${reason})`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // The rest of the message quotes the file, and that has secrets.
    const where = /position \d+( \(line \d+ column \d+\))?/.exec(String(error))?.[0];
    throw new SettingsError(
      `${path}: the configuration file is no JSON${where ? `, see ${where}` : ''}`,
    );
  }
  if (!isObject(parsed))
    throw new SettingsError(`${path}: the configuration file has to be a JSON object`);
  const tree = emptyTree();
  for (const [key, value] of Object.entries(parsed)) unfold(tree, key.split('.'), value);
  return tree;
}
