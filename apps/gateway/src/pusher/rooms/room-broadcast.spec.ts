import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../env';
import type { Outgoing } from '../../fanout/outgoing';
import { createParts } from '../../parts';
import { silent } from '../../testing/silent-log';
import { until } from '../../testing/until';
import { PusherDoor } from '../testing/pusher-door';
import { RoomBroadcast } from './room-broadcast';

const ignore = () => undefined;

it('G9: what is withdrawn while it waits for its window goes out without its text', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-rooms-'));
  const parts = await createParts(readSettings({ DATA_DIR: folder }), silent);
  await parts.database.dataSource.query(
    `INSERT INTO rooms (slug, title, state, visibility, created_at) VALUES ('r', 'R', 'live', 'public', 1)`,
  );
  const room = await parts.floor.open('r');
  const door = new PusherDoor();
  const { channels } = door;
  const app = door.apps.add();
  const texts: string[] = [];
  const transport = {
    isOpen: true,
    backlogBytes: 0,
    write: (outgoing: Outgoing) => texts.push(...outgoing.texts),
    giveUp: ignore,
  };
  const subscriber = { socketId: '1.1', transport, close: ignore };
  await channels.subscribe({ app, name: 'room.r', subscriber }, ignore);
  const broadcast = new RoomBroadcast(app, room, channels);
  broadcast.add('room.r');

  const message = '{"seq":1,"at":1,"kind":"message","user":{"id":"u","name":"U"},"text":"secret"}';
  const removal = '{"seq":2,"at":2,"kind":"delete","target":1,"by":"u"}';
  room.feed.accept([{ seq: 1, json: message }]);
  room.feed.accept([{ seq: 2, json: removal }]);

  await until('the removal is sent', () => texts.some((text) => text.includes('"delete"')));
  expect(texts.filter((text) => text.includes('"message"'))).toHaveLength(1);
  expect(texts.join('\n')).toContain('withdrawn');
  expect(texts.join('\n')).not.toContain('secret');
  await door.close();
  await parts.close();
  await rm(folder, { recursive: true });
});
