import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBus } from '../../cluster/local-bus';
import { LocalOccupancy } from '../../cluster/local-occupancy';
import { readSettings } from '../../env';
import type { Outgoing } from '../../fanout/outgoing';
import { createLog } from '../../log';
import { createParts } from '../../parts';
import { ChannelCache } from '../channel-cache';
import { Channels } from '../channels';
import { RoomBroadcast } from './room-broadcast';

const silent = () => undefined;

it('G9: what is withdrawn while it waits for its window goes out without its text', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-rooms-'));
  const settings = readSettings({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
  const log = createLog(settings);
  const parts = await createParts(settings, log);
  await parts.database.dataSource.query(
    `INSERT INTO rooms (slug, title, state, visibility, created_at) VALUES ('r', 'R', 'live', 'public', 1)`,
  );
  const room = await parts.floor.open('r');
  const { apps } = settings.pusher;
  if (apps.driver !== 'array' || !apps.apps[0]) throw new Error('there is no app');
  const [app] = apps.apps;
  const bus = new LocalBus();
  const cache = new ChannelCache(null, 1_000, log);
  const occupancy = new LocalOccupancy(bus, log);
  const channels = new Channels({
    bus,
    occupancy,
    cache,
    number: '1',
    peers: { find: silent },
    report: silent,
    heard: silent,
  });
  const texts: string[] = [];
  const transport = {
    isOpen: true,
    backlogBytes: 0,
    write: (outgoing: Outgoing) => texts.push(...outgoing.texts),
    giveUp: silent,
  };
  const subscriber = { socketId: '1.1', transport, close: silent };
  await channels.subscribe({ app, name: 'room.r', subscriber }, silent);
  const broadcast = new RoomBroadcast(app, room, channels);
  broadcast.add('room.r');

  const message = '{"seq":1,"at":1,"kind":"message","user":{"id":"u","name":"U"},"text":"secret"}';
  const removal = '{"seq":2,"at":2,"kind":"delete","target":1,"by":"u"}';
  room.feed.accept([{ seq: 1, json: message }]);
  room.feed.accept([{ seq: 2, json: removal }]);

  while (!texts.some((text) => text.includes('"delete"'))) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(texts.filter((text) => text.includes('"message"'))).toHaveLength(1);
  expect(texts.join('\n')).toContain('withdrawn');
  expect(texts.join('\n')).not.toContain('secret');
  channels.close();
  cache.close();
  await occupancy.close();
  await parts.close();
  await rm(folder, { recursive: true });
});
