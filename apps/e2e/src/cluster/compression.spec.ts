import type { Socket } from 'node:net';
import { useCluster } from '../testing/bed';
import { LogView } from '../testing/log-view';
import type { RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);
const bed = useCluster();

/** So many that even small frames are compressed for them. */
const VIEWERS = 20;

const bytesRead = ({ ws }: RawClient) => (ws as unknown as { _socket: Socket })._socket.bytesRead;

async function joined(room: string, { deflate }: { deflate: boolean }) {
  const client = await bed().open(0, { deflate });
  return { client, view: await LogView.follow(client, room) };
}

it('says the same in few bytes to all who inflate, whenever they came and whatever they are sent besides', async () => {
  const { api } = bed();
  const room = await api.room(await api.account());
  const elsewhere = await api.room(await api.account());
  const writer = await bed().open(1, { token: (await api.bot()).token });
  for (const slug of [room, elsewhere]) await writer.ok('join', { room: slug });
  const plain = await joined(room, { deflate: false });
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, () => joined(room, { deflate: true })),
  );
  const [inTwoRooms, comesAndGoes] = viewers;
  const other = await LogView.follow(inTwoRooms!.client, elsewhere);
  const before = [plain, viewers[2]!].map(({ client }) => bytesRead(client));
  for (let i = 0; i < 30; i++) {
    await Promise.all([
      ...Array.from({ length: 5 }, (_, j) => writer.say(room, `弹幕 ${String(i)} ${String(j)}`)),
      writer.say(elsewhere, 'another room '.repeat(8)),
    ]);
    await viewers[3]!.client.ok('history', { room, limit: 5 });
    if (i === 10) viewers.push(await joined(room, { deflate: true }));
    if (i % 8 === 4) {
      await comesAndGoes!.client.ok('leave', { room });
      await comesAndGoes!.client.ok('join', { room, after: comesAndGoes!.view.cursor });
    }
  }
  const all = [plain, ...viewers];
  await waitFor(() => all.every(({ view }) => view.cursor === 150) && other.cursor === 30, {
    what: 'all have all',
  });
  for (const { view } of all) {
    view.assertAgrees(plain.view);
    expect(view.omitted).toBe(0);
  }
  expect(plain.view.entries.size).toBe(150);
  const [plainBytes, bytes] = [plain, viewers[2]!].map(
    ({ client }, i) => bytesRead(client) - (before[i] ?? 0),
  );
  expect(bytes).toBeLessThan((plainBytes ?? 0) / 3);
});
