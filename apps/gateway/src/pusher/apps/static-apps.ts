import type { AppSource, PusherApp } from '../app';

/** Apps of the environment and of the configuration file. They are what they were at start. */
export class StaticApps implements AppSource {
  readonly #byId: ReadonlyMap<string, PusherApp>;
  readonly #byKey: ReadonlyMap<string, PusherApp>;

  constructor(apps: readonly PusherApp[]) {
    this.#byId = new Map(apps.map((app) => [app.id, app]));
    this.#byKey = new Map(apps.map((app) => [app.key, app]));
  }

  findById(id: string): Promise<PusherApp | null> {
    return Promise.resolve(this.#byId.get(id) ?? null);
  }

  findByKey(key: string): Promise<PusherApp | null> {
    return Promise.resolve(this.#byKey.get(key) ?? null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
