import { LocalBus } from '../../../cluster/local-bus';
import { LocalOccupancy } from '../../../cluster/local-occupancy';
import { Database } from '../../../store/database';
import { silent, type Stage } from '../../../store/testing/stage';
import { StaticApps } from '../../apps/static-apps';
import { WebhookOutbox } from '../webhook-outbox';
import { makeApp } from './webhook-stage';

/**
 * A gateway that records events 0, 1, 2, … in three channels, and posts them until it is killed. Its arguments are a stage's
 * settings as JSON, and the address to post to.
 */
const [json = '', url = ''] = process.argv.slice(2);
const database = await Database.open(JSON.parse(json) as ReturnType<Stage['settings']>, silent);
const app = makeApp('killed', [{ url, event_types: ['client_event'] }]);
const bus = new LocalBus();
const outbox = new WebhookOutbox({
  database,
  occupancy: new LocalOccupancy(bus, silent),
  apps: new StaticApps([app]),
  bus,
  settings: { isBatching: false, batchMs: 0 },
  awsCredentials: null,
  gateway: 'killed',
  log: silent,
  report: () => undefined,
});
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
