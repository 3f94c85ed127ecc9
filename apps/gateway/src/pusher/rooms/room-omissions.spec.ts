import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../env';
import { Database } from '../../store/database';
import { RoomEntryEntity } from '../../store/entities/room-entry.entity';
import { RoomHeadEntity } from '../../store/entities/room-head.entity';
import { encodeBody } from '../../store/entry-json';
import { RoomStore } from '../../store/room-store';
import { silent } from '../../testing/silent-log';
import { RoomBed } from './testing/room-bed';
import { until } from '../../testing/until';

let folder: string;
let bed: RoomBed;
/** As another gateway that this one hears nothing of. */
let elsewhere: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-omissions-'));
  bed = await RoomBed.start({ DATA_DIR: folder });
  elsewhere = await Database.open(readSettings({ DATA_DIR: folder }), silent);
});
afterAll(async () => {
  await bed.stop();
  await elsewhere.close();
  await rm(folder, { recursive: true, force: true });
});

/** Commits messages up to `to` at once. */
async function commit(slug: string, from: number, to: number): Promise<void> {
  const { id: roomId } = (await new RoomStore(elsewhere).findBySlug(slug))!;
  const user = { id: 'somebody', name: 'Somebody' };
  const entries = Array.from({ length: to - from + 1 }, (_, i) => ({
    roomId,
    seq: from + i,
    at: Date.now(),
    kind: 'message',
    userId: user.id,
    key: `key-${String(from + i)}`,
    body: encodeBody('message', { user, text: String(from + i) }),
  }));
  await elsewhere.transaction(async (manager) => {
    await manager.update(RoomHeadEntity, { roomId }, { lastSeq: to });
    for (let i = 0; i < entries.length; i += 100) {
      await manager.insert(RoomEntryEntity, entries.slice(i, i + 100));
    }
  });
}

describe('a room that is far ahead of this gateway', () => {
  it('G3, G5: is caught up with from the database, and what is left out is named', async () => {
    const slug = await bed.room(await bed.account());
    const reader = await bed.read(slug);
    await commit(slug, 1, 20);
    await until('what was never published is heard', () => reader.of('message').length === 20);
    expect(reader.of('omitted')).toEqual([]);
    await commit(slug, 21, 3_000);
    await until('the last is heard', () => reader.of('message').at(-1)?.['seq'] === 3_000);
    const covered = reader.heard.flatMap(({ event, data }) => {
      if (event === 'message') return [data['seq'] as number];
      if (event !== 'omitted') return [];
      const { from, to } = data as { from: number; to: number };
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
    expect(reader.of('omitted')).toHaveLength(1);
    expect(covered).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
  });
});
