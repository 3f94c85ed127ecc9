import type { AppSource, PusherApp } from '../app';
import { makeApp } from './make-app';

/** Apps that a test makes and changes. */
export class TestApps implements AppSource {
  /** By id: what looking an app up fails with, while it is here. */
  readonly failures = new Map<string, Error>();
  readonly #apps = new Map<string, PusherApp>();

  /** Makes one; without an id it is the next number. */
  add(more: Partial<PusherApp> = {}): PusherApp {
    return this.put(makeApp({ id: String(this.#apps.size + 1), ...more }));
  }

  /** In the place of the one of the same id. */
  put(app: PusherApp): PusherApp {
    this.#apps.set(app.id, app);
    return app;
  }

  findById(id: string): Promise<PusherApp | null> {
    return this.#answer(this.#apps.get(id));
  }

  findByKey(key: string): Promise<PusherApp | null> {
    return this.#answer([...this.#apps.values()].find((app) => app.key === key));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #answer(app: PusherApp | undefined): Promise<PusherApp | null> {
    const failure = app && this.failures.get(app.id);
    return failure ? Promise.reject(failure) : Promise.resolve(app ?? null);
  }
}
