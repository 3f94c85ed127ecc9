import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { GUARD_PROGRAM, ROOT } from './paths';
import { ProcessList } from './process-list';
import { SupervisedProcess, type GaveUp, type Plan, type Surroundings } from './supervised-process';

export interface SupervisorOptions {
  /** Keeps `logs/` and `processes.json`. */
  dir: string;
  /** The folder is thrown away with the supervisor; the guard then removes it where that was killed. */
  isTemporary: boolean;
  /** Tells whoever looks on, in one line. */
  say: (line: string) => void;
  /** A process came or went: ask `pid` again. */
  changed?: () => void;
}

/**
 * Runs processes in stages. What dies is started again; `stop` ends the stages in reverse order; and where the supervisor
 * itself is killed, a guard ends them. Logs are in `<dir>/logs/<name>.log`.
 */
export class Supervisor {
  /** Resolves when a process had to be given up: then it is time to `stop`. */
  readonly gaveUp: Promise<GaveUp>;

  private readonly stages: SupervisedProcess[][] = [];
  private readonly list: ProcessList;
  private guard: ChildProcess | null = null;
  private isStopping = false;
  private reportGivenUp: (error: GaveUp) => void = () => undefined;

  constructor(private readonly options: SupervisorOptions) {
    this.list = new ProcessList(options.dir);
    this.gaveUp = new Promise((resolve) => {
      this.reportGivenUp = resolve;
    });
  }

  /**
   * Has to come before the first `start`.
   *
   * @throws {CannotStart} where another supervisor uses the folder.
   */
  async open(): Promise<void> {
    await this.list.claim();
    this.guard = spawn(process.execPath, ['--import', 'tsx', GUARD_PROGRAM], {
      cwd: ROOT,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.guard.on('error', (error) => {
      this.options.say(`the guard could not be started: ${error.message}`);
    });
    this.guard.stdin?.on('error', (error) => {
      this.options.say(`the guard is gone: ${error.message}`);
    });
    this.guard.unref();
  }

  /**
   * Starts the processes of one stage together, and resolves when all serve.
   *
   * @throws {GaveUp} where one ends before it ever served, or does not serve in time.
   * @throws {Error} where `stop` has begun.
   */
  async start(...plans: Plan[]): Promise<void> {
    this.assertNotStopping();
    const around: Surroundings = {
      dir: this.options.dir,
      say: this.options.say,
      changed: () => {
        this.noteProcesses();
      },
    };
    const stage = plans.map((plan) => new SupervisedProcess(plan, around));
    this.stages.push(stage);
    await Promise.all(stage.map((it) => it.start(this.reportGivenUp)));
    this.assertNotStopping();
  }

  /** Null while the process is down. */
  pid(name: string): number | null {
    return this.all().find((it) => it.plan.name === name)?.id?.pid ?? null;
  }

  /** Ends everything, the last stage first. */
  async stop(): Promise<void> {
    this.isStopping = true;
    for (const stage of [...this.stages].reverse()) {
      await Promise.all(stage.map((it) => it.stop()));
    }
    this.list.remove();
    await this.dismissGuard();
  }

  /** Ends everything at once. `stop` then has nothing left to wait for. */
  kill(): void {
    for (const it of this.all()) it.kill();
  }

  private assertNotStopping(): void {
    if (this.isStopping) throw new Error('the supervisor is stopping');
  }

  private all(): SupervisedProcess[] {
    return this.stages.flat();
  }

  private noteProcesses(): void {
    const groups = this.all().flatMap((it) => it.id ?? []);
    this.list.write(groups);
    this.tellGuard(groups);
    this.options.changed?.();
  }

  private tellGuard(groups: { pid: number; startedAt: string }[]): void {
    const remove = this.options.isTemporary ? this.options.dir : null;
    this.guard?.stdin?.write(`${JSON.stringify({ groups, remove })}\n`);
  }

  private async dismissGuard(): Promise<void> {
    const { guard } = this;
    if (guard?.exitCode !== null) return;
    guard.ref();
    const gone = once(guard, 'exit');
    guard.stdin?.end(`${JSON.stringify({ groups: [], remove: null })}\n`);
    const timer = setTimeout(() => guard.kill('SIGKILL'), 2000);
    await gone;
    clearTimeout(timer);
  }
}
