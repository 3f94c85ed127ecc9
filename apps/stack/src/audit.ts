import { spawn } from 'node:child_process';
import { z } from 'zod';
import { ROOT } from './paths';
import { signalGroup } from './process-id';

/** What the registry says of the packages that are shipped. `not asked`: nobody can tell, and `why` says so. */
export type Audit =
  | { outcome: 'clean' }
  | { outcome: 'found'; findings: string[] }
  | { outcome: 'not asked'; why: string };

export interface AuditOptions {
  /** Where the package.json and its lock are. Default: this workspace. */
  folder?: string;
  /** Default: the one that npm is set up with. */
  registry?: string;
  withinMs?: number;
}

const WITHIN_MS = 20_000;
const SERIOUS = new Set(['high', 'critical']);
// What comes from elsewhere is printed, and only its letters are.
const CONTROL = /\p{Cc}+/gu;

/** `npm audit --json`, as far as it is read; an answer of another form is none. */
const Report = z.object({
  metadata: z.object({ vulnerabilities: z.object({ total: z.int() }) }),
  vulnerabilities: z.record(
    z.string(),
    z.object({
      name: z.string(),
      severity: z.string(),
      range: z.string(),
      via: z.array(z.union([z.string(), z.object({ title: z.string() })])),
    }),
  ),
});

/** Asks for known holes, high or critical, in what is installed without the packages of development. Never rejects. */
export async function auditDependencies(options: AuditOptions = {}): Promise<Audit> {
  const { withinMs = WITHIN_MS } = options;
  const said = await runAudit({ ...options, withinMs });
  if (said === null) {
    return { outcome: 'not asked', why: `no answer in ${String(withinMs / 1000)} s` };
  }
  const report = parseReport(said);
  if (!report) return { outcome: 'not asked', why: 'the registry does not answer audits' };
  const serious = Object.values(report.vulnerabilities).filter((it) => SERIOUS.has(it.severity));
  if (serious.length === 0) return { outcome: 'clean' };
  const findings = serious.map(({ name, range, severity, via }) => {
    const reasons = via.map((it) => (typeof it === 'string' ? `by ${it}` : it.title));
    return `${name} ${range}: ${severity}: ${reasons.join('; ')}`.replace(CONTROL, ' ');
  });
  return { outcome: 'found', findings };
}

/** What npm said on its standard output; nothing where there is no npm, null where it did not end in time. */
async function runAudit({
  folder = ROOT,
  registry,
  withinMs,
}: AuditOptions & { withinMs: number }): Promise<string | null> {
  const args = ['audit', '--audit', '--omit=dev', '--audit-level=high', '--json', '--logs-max=0'];
  const patience = ['--fetch-retries=0', `--fetch-timeout=${String(withinMs)}`];
  const from = registry === undefined ? [] : [`--registry=${registry}`];
  const child = spawn('npm', [...args, ...patience, ...from], {
    cwd: folder,
    // A group of its own, so that all of it ends.
    detached: true,
    // What npm says of errors names the registry.
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => said.push(bytes));
  const late = new AbortController();
  const end = () => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  const timer = setTimeout(() => {
    late.abort();
    end();
  }, withinMs);
  await new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  clearTimeout(timer);
  end();
  return late.signal.aborted ? null : Buffer.concat(said).toString();
}

function parseReport(text: string): z.infer<typeof Report> | null {
  try {
    return Report.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
