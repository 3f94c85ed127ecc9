import type { Bus } from '../../cluster/bus';
import type { Log } from '../../log';
import type { Database } from '../../store/database';
import type { AppSource } from '../app';
import type { PusherSettings } from '../pusher-settings';
import { appTableOf, openAppTable } from './app-table';
import { DatabaseApps } from './database-apps';
import { StaticApps } from './static-apps';

export interface OpenedApps {
  readonly apps: AppSource;
  /** Every gateway reads its apps again. Apps of the configuration are what they were at start. */
  readonly refresh: () => void;
}

/** The apps of this gateway, wherever its settings say that they are. @throws {DatabaseError} */
export async function openApps(
  settings: Pick<PusherSettings, 'apps' | 'appDefaults'>,
  { database, bus, log }: { database: Database; bus: Bus; log: Log },
): Promise<OpenedApps> {
  const where = settings.apps;
  switch (where.driver) {
    case 'array':
      return { apps: new StaticApps(where.apps), refresh: () => undefined };
    case 'mysql': {
      const { table: name, url, ttlMs } = where;
      const table = url === null ? appTableOf(database, name) : openAppTable(url, name, log);
      const options = { table, name, ttlMs, defaults: settings.appDefaults, bus, log };
      try {
        const apps = await DatabaseApps.open(options);
        return {
          apps,
          refresh: () => {
            apps.refresh();
          },
        };
      } catch (error) {
        await table.close();
        throw error;
      }
    }
  }
}
