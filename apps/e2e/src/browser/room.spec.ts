import { Api, unique, type Person } from '../testing/api';
import {
  chatRow,
  chatTexts,
  Chromium,
  flyingPixels,
  say,
  seriousProblems,
  type Tab,
} from '../testing/browser';
import { Cluster } from '../testing/cluster';
import { kill } from '../testing/processes';
import { RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);

let cluster: Cluster;
let chromium: Chromium;
let api: Api;
let owner: Person;

beforeAll(async () => {
  cluster = await Cluster.start({ gateways: 2, web: true });
  await cluster.isWhole();
  chromium = await Chromium.launch();
  api = new Api(cluster.url, cluster.adminToken);
  owner = await api.account('Olga');
}, 400_000);

afterEach(async () => {
  expect(await chromium.closeTabs()).toEqual([]);
});

afterAll(async () => {
  await chromium.close();
  await cluster.stop();
}, 60_000);

async function open(path: string): Promise<Tab> {
  const tab = await chromium.tab();
  await tab.page.goto(cluster.url + path);
  return tab;
}

/** In the room, on that gateway: loaded again until Nginx has chosen it. */
async function openAt(gateway: string, room: string): Promise<Tab> {
  const tab = await open(`/r/${room}`);
  await waitFor(
    async () => {
      await waitFor(() => tab.joined.length > 0, { what: 'it is in' });
      if (tab.gateways.at(-1) === gateway) return true;
      tab.gateways.length = 0;
      tab.joined.length = 0;
      await tab.page.reload();
      return false;
    },
    { what: `${gateway} is chosen`, timeoutMs: 60_000 },
  );
  return tab;
}

async function becomeGuest({ page }: Tab, name: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Say something' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('button', { name: 'Join as a guest' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

it('two people on two gateways sign in from the composer and see each other, in the list and flying', async () => {
  const room = await api.room(owner, { state: 'live' });
  const a = await openAt('gateway-1', room);
  const b = await openAt('gateway-2', room);
  await say(a, 'hello from the first');
  await becomeGuest(a, `Ada ${unique()}`);
  await chatRow(a, 'hello from the first').waitFor();
  await chatRow(b, 'hello from the first').waitFor();
  await waitFor(() => flyingPixels(b), { what: 'it flies at the other' });
  await chromium.shot(b, 'flying');
  await say(b, 'hello from the second');
  await becomeGuest(b, `Bo ${unique()}`);
  await chatRow(a, 'hello from the second').waitFor();
  await chatRow(b, 'hello from the second').waitFor();
  await waitFor(() => flyingPixels(a), { what: 'it flies at the first' });
  await expect(chatRow(b, 'hello from the first').count()).resolves.toBe(1);
  await expect(chatRow(b, 'hello from the second').count()).resolves.toBe(1);
});

it('G7: a page whose gateway dies comes back by itself, with nothing missing', async () => {
  const room = await api.room(owner, { state: 'live' });
  const tab = await openAt('gateway-1', room);
  const writer = await RawClient.open(cluster.gateway(1), { token: (await api.bot()).token });
  await writer.ok('join', { room });
  let said = 0;
  const more = async (count: number) => {
    for (let i = 0; i < count; i++) await writer.say(room, `line-${String(++said)}.`);
  };
  await more(5);
  await chatRow(tab, 'line-5.').waitFor();
  kill(cluster.pid(0));
  await more(10);
  await waitFor(() => tab.gateways.length > 1, { what: 'it is back', timeoutMs: 30_000 });
  await more(5);
  await chatRow(tab, 'line-20.').waitFor();
  const expected = Array.from({ length: said }, (_, i) => `line-${String(i + 1)}.`);
  expect(await chatTexts(tab, 'line-')).toEqual(expected);
  writer.drop();
  await cluster.isWhole();
});

it('without a network the page says so, keeps what is written, and sends it when it is back', async () => {
  const room = await api.room(owner, { state: 'live' });
  const tab = await open(`/r/${room}`);
  await say(tab, 'online');
  await becomeGuest(tab, `Ola ${unique()}`);
  await chatRow(tab, 'online').waitFor();
  // A socket that is open stays so in Chromium's emulation: the gateways end it.
  await tab.context.setOffline(true);
  for (const gateway of [0, 1]) kill(cluster.pid(gateway));
  await tab.page.getByText('No connection').waitFor();
  await say(tab, 'written offline');
  await cluster.isWhole();
  const reader = await RawClient.open(cluster.gateway(0));
  const { head } = await reader.ok('join', { room });
  await tab.context.setOffline(false);
  await waitFor(() => reader.logs(room).some(({ to }) => to > head), {
    what: 'it is sent',
    timeoutMs: 30_000,
  });
  const { entries } = await reader.ok('history', { room });
  expect(entries.flatMap((it) => ('text' in it ? it.text : []))).toEqual([
    'online',
    'written offline',
  ]);
  reader.drop();
  await chatRow(tab, 'written offline').waitFor();
});

it('somebody makes an account and a room, goes live, and the lobby shows it', async () => {
  const title = `Harbour ${unique()}`;
  const host = await open('/create');
  const { page } = host;
  await page.getByRole('textbox', { name: 'Title' }).fill(title);
  await page.locator('form').getByRole('button', { name: 'Create room' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('tab', { name: 'New account' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Hanna');
  await dialog.getByRole('textbox', { name: 'Handle' }).fill(`hanna_${unique()}`);
  await dialog.getByRole('textbox', { name: 'Password' }).fill('a long password');
  await dialog.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL(/\/r\//);
  await page.getByRole('button', { name: 'Go live' }).first().click();
  const guest = await open('/');
  await guest.page
    .getByRole('link', { name: new RegExp(title) })
    .first()
    .click();
  await guest.page.waitForURL(/\/r\//);
  await say(host, 'welcome aboard');
  await chatRow(guest, 'welcome aboard').waitFor();
  await chromium.shot(guest, 'live');
});

it('G9: a message that is deleted goes from a page that has it', async () => {
  const room = await api.room(owner, { state: 'live' });
  const tab = await openAt('gateway-2', room);
  const keeper = await RawClient.open(cluster.gateway(0), { token: owner.token });
  await keeper.ok('join', { room });
  const { seq } = await keeper.say(room, 'not for long');
  await chatRow(tab, 'not for long').waitFor();
  await keeper.ok('delete', { room, seq });
  await chatRow(tab, 'not for long').waitFor({ state: 'detached' });
  keeper.drop();
});

it('has no serious problem for people who use it with other means, in the lobby and in a room', async () => {
  const room = await api.room(owner, { title: 'For everybody', state: 'live' });
  const writer = await RawClient.open(cluster.gateway(0), { token: owner.token });
  await writer.ok('join', { room });
  for (let i = 0; i < 5; i++) await writer.say(room, `line ${String(i)}`);
  writer.drop();
  const lobby = await open('/');
  await lobby.page
    .getByRole('link', { name: /For everybody/ })
    .first()
    .waitFor();
  expect(await seriousProblems(lobby)).toEqual([]);
  await chromium.shot(lobby, 'lobby');
  const tab = await open(`/r/${room}`);
  await chatRow(tab, 'line 4').waitFor();
  expect(await seriousProblems(tab)).toEqual([]);
  await chromium.shot(tab, 'room');
});
