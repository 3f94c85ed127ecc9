import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoomListReply } from '@hubbub/protocol';
import { Api } from '../testing/api';
import { chatRow, Chromium } from '../testing/browser';
import { Embedded } from '../testing/embedded';
import { newKey, RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(300_000);

let dir: string;
let running: Embedded | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hubbub-start-'));
});
afterEach(async () => {
  await running?.stop();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

async function rooms(url: string): Promise<RoomListReply['rooms']> {
  return RoomListReply.parse(await new Api(url, '').must('GET', '/api/rooms')).rooms;
}

describe('npm start', () => {
  it('G1: with SEED=0 has one empty room, and keeps what is said in it over a power cut', async () => {
    running = await Embedded.start(dir, { SEED: '0' });
    const listed = await rooms(running.url);
    expect(listed).toMatchObject([{ slug: 'lobby', state: 'live' }]);
    const api = new Api(running.url, '');
    const { token, id } = await api.guest();
    const client = await RawClient.open(running.url, { token });
    const joined = await client.ok('join', { room: 'lobby' });
    const silent = joined.entries.filter(({ kind }) => kind === 'message');
    expect(silent).toEqual([]);
    const said: { key: string; seq: number; text: string }[] = [];
    for (let i = 0; i < 20; i++) {
      const message = { key: newKey(), text: `kept ${String(i)}` };
      const { seq } = await client.ok('send', { room: 'lobby', ...message });
      said.push({ ...message, seq });
    }
    await running.cut();
    running = await Embedded.start(dir, { SEED: '0' });
    const again = await RawClient.open(running.url, { token });
    expect(again.welcome.user?.id).toBe(id);
    const { entries } = await again.ok('join', { room: 'lobby', after: joined.head });
    expect(entries).toMatchObject(said.map(({ seq, text }) => ({ seq, text })));
    const [first] = said;
    const repeated = await again.ok('send', { room: 'lobby', key: first!.key, text: first!.text });
    expect(repeated).toMatchObject({ seq: first!.seq, duplicate: true });
    again.drop();
  });

  it('by itself has rooms in which somebody talks, and pages on the same port', async () => {
    running = await Embedded.start(dir);
    expect((await rooms(running.url)).length).toBeGreaterThan(2);
    const client = await RawClient.open(running.url);
    const [{ slug: room } = { slug: '' }] = await rooms(running.url);
    const { head } = await client.ok('join', { room: 'night-train' });
    await waitFor(() => client.logs('night-train').some(({ to }) => to > head), {
      what: 'a bot talks',
      timeoutMs: 30_000,
    });
    const chromium = await Chromium.launch();
    try {
      const tab = await chromium.tab();
      await tab.page.goto(running.url);
      await tab.page.locator(`a[href="/r/${room}"]`).first().click();
      await tab.page.waitForURL(`**/r/${room}`);
      await tab.page.goto(`${running.url}/r/night-train`);
      await waitFor(() => tab.joined.length > 0, { what: 'it is in', timeoutMs: 30_000 });
      await chatRow(tab, '').first().waitFor();
      await chromium.shot(tab, 'night-train');
    } finally {
      await chromium.close();
    }
    client.drop();
  });
});
