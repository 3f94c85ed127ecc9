import { SettingsError } from '../../settings-error';
import { leavesOf, readConfigFile, valueAt, type ConfigFile } from './config-file';
import { explainMeaningless, type GivenSetting } from './meaningless';
import { DEFAULT_APP_FIELDS, OPTIONS, type OptionKey, type SoketiOptions } from './soketi-options';

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'SOKETI_';
const DEFAULT_APP = `${PREFIX}DEFAULT_APP_`;
const APPS = 'appManager.array.apps';
const KEYS = Object.keys(OPTIONS) as OptionKey[];

/** What the environment and the configuration file say in the words of Soketi. */
export interface Soketi {
  readonly options: SoketiOptions;
  /** Apps by field, as they were written; the first one is the default app. */
  readonly apps: readonly Readonly<Record<string, unknown>>[];
  /** Variables of the default app that are set. */
  readonly defaultAppVariables: readonly string[];
  /** What is set and means nothing here, with the reason, a line each. */
  readonly meaningless: readonly string[];
  /** Whether it is set, and not the default. */
  readonly isGiven: (key: OptionKey) => boolean;
  /** What an operator knows an option by: its variable, or its key in the file. */
  readonly nameOf: (key: OptionKey) => string;
  /** The same of a field of an app. */
  readonly nameOfAppField: (app: number, field: string) => string;
}

/**
 * Reads Soketi's variables and its configuration file; a variable counts more than the file.
 *
 * @throws {SettingsError} naming each setting that is wrong.
 */
export function readSoketi(given: Environment, args: readonly string[]): Soketi {
  const environment = withoutServiceLink(given);
  const file = readConfigFile(environment, args);
  const variableOf = (key: OptionKey) => {
    const name = PREFIX + (OPTIONS[key].variable ?? '');
    return environment[name] === undefined ? null : name;
  };
  /** Null is nothing, as an empty variable is. */
  const inFile = (key: OptionKey) => (file && valueAt(file.tree, key.split('.'))) ?? undefined;
  const nameOf = (key: OptionKey) => {
    const { variable } = OPTIONS[key];
    const isOfFile = !variableOf(key) && (variable === null || inFile(key) !== undefined);
    return file && isOfFile ? `${file.path}: ${key}` : PREFIX + (variable ?? key);
  };
  const valueOf = (key: OptionKey) => {
    const variable = variableOf(key);
    return variable ? environment[variable] : inFile(key);
  };
  const options = parseOptions(valueOf, nameOf);
  return {
    options,
    apps: appsOf(options, environment, file),
    defaultAppVariables: Object.keys(DEFAULT_APP_FIELDS)
      .map((name) => DEFAULT_APP + name)
      .filter((name) => environment[name] !== undefined),
    meaningless: explainMeaningless(unknownOf(environment, file)),
    isGiven: (key) => valueOf(key) !== undefined,
    nameOf,
    nameOfAppField: (app, field) => nameAppField({ app, field, file, environment }),
  };
}

function parseOptions(
  valueOf: (key: OptionKey) => unknown,
  nameOf: (key: OptionKey) => string,
): SoketiOptions {
  const problems: string[] = [];
  const values = KEYS.map((key) => {
    const parsed = OPTIONS[key].schema.safeParse(valueOf(key));
    if (!parsed.success) problems.push(`${nameOf(key)}: ${parsed.error.issues[0]?.message ?? ''}`);
    return [key, parsed.data] as const;
  });
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return Object.fromEntries(values) as SoketiOptions;
}

interface AppField {
  app: number;
  field: string;
  file: ConfigFile | null;
  environment: Environment;
}

/** Its variable, where it has one that is set or there is no file. */
function nameAppField({ app, field, file, environment }: AppField): string {
  const name = Object.keys(DEFAULT_APP_FIELDS).find((key) => DEFAULT_APP_FIELDS[key] === field);
  const variable = name ? DEFAULT_APP + name : field;
  if (app === 0 && (!file || environment[variable] !== undefined)) return variable;
  return `${file ? `${file.path}: ` : ''}${APPS}.${String(app)}.${field}`;
}

/** Kubernetes sets SOKETI_PORT to `tcp://…` by itself where a service is called `soketi`. */
function withoutServiceLink(environment: Environment): Environment {
  const { SOKETI_PORT: port, ...others } = environment;
  return port === undefined || port.startsWith('tcp://') ? others : environment;
}

function appsOf(
  options: SoketiOptions,
  environment: Environment,
  file: ConfigFile | null,
): Readonly<Record<string, unknown>>[] {
  const apps = options[APPS].map((app, i) => {
    if (typeof app === 'object' && app !== null) return { ...app };
    throw new SettingsError(`${file?.path ?? ''}: ${APPS}.${String(i)}: has to be an object`);
  });
  const fields = Object.entries(DEFAULT_APP_FIELDS).flatMap(([name, field]) => {
    const value = environment[DEFAULT_APP + name];
    return value === undefined ? [] : [[field, value] as const];
  });
  if (fields.length === 0) return apps;
  return [{ ...apps[0], ...Object.fromEntries(fields) }, ...apps.slice(1)];
}

/** What is set and is no option of ours. */
function unknownOf(environment: Environment, file: ConfigFile | null): GivenSetting[] {
  const known = new Set<string>(['CONFIG_FILE']);
  for (const key of KEYS) known.add(OPTIONS[key].variable ?? '');
  for (const name of Object.keys(DEFAULT_APP_FIELDS)) known.add(`DEFAULT_APP_${name}`);
  const variables = Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && environment[name] !== undefined)
    .map((name) => name.slice(PREFIX.length))
    .filter((variable) => !known.has(variable))
    .map((variable) => ({ variable }));
  const leaves = file ? [...leavesOf(file.tree)] : [];
  const keys = leaves
    .filter(([key]) => !Object.hasOwn(OPTIONS, key))
    .map(([key, value]) => ({ key, value }));
  return [...variables, ...keys];
}
