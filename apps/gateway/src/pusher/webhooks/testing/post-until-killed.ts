import { Database } from '../../../store/database';
import type { Stage } from '../../../store/testing/stage';
import { silent } from '../../../testing/silent-log';
import { StaticApps } from '../../apps/static-apps';
import { createOutbox, makeHookedApp } from './webhook-stage';

/**
 * A gateway that records events 0, 1, 2, … in three channels, and posts them until it is killed. Its arguments are a stage's
 * settings as JSON, and the address to post to.
 */
const [json = '', url = ''] = process.argv.slice(2);
const database = await Database.open(JSON.parse(json) as ReturnType<Stage['settings']>, silent);
const app = makeHookedApp('killed', [{ url, event_types: ['client_event'] }]);
const outbox = createOutbox(database, new StaticApps([app]), { gateway: 'killed' });
for (let i = 0; i < 300; i++) {
  const channel = `private-${String(i % 3)}`;
  outbox.record(app, {
    name: 'client_event',
    channel,
    event: 'client-e',
    data: i,
    socket_id: '1.1',
  });
}
