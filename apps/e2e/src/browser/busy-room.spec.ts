import { Api, unique, type Person } from '../testing/api';
import { chatRow, Chromium, say, seriousProblems, type Tab } from '../testing/browser';
import { Cluster } from '../testing/cluster';
import { RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(180_000);

const PER_SECOND = 200;

let cluster: Cluster;
let chromium: Chromium;
let api: Api;
let owner: Person;

beforeAll(async () => {
  cluster = await Cluster.start({ gateways: 1, web: true, env: { VIEWER_BUDGET: '20' } });
  await cluster.isWhole();
  chromium = await Chromium.launch();
  api = new Api(cluster.url, cluster.adminToken);
  owner = await api.account('Olga');
}, 400_000);

afterAll(async () => {
  await chromium.close();
  await cluster.stop();
}, 60_000);

/** Somebody who never stops talking, until the returned function is called. */
async function storm(room: string): Promise<() => void> {
  const writer = await RawClient.open(cluster.gateway(0), { token: (await api.bot()).token });
  await writer.ok('join', { room });
  const began = performance.now();
  let said = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - began) / 1000) * PER_SECOND;
    while (said < due) writer.say(room, `line-${String(++said)}.`).catch(() => undefined);
  }, 20);
  return () => {
    clearInterval(timer);
    writer.drop();
  };
}

async function openAs({ name, token }: Person, room: string): Promise<Tab> {
  const tab = await chromium.tab();
  const cookie = { name: 'hubbub_session', value: token, url: cluster.url };
  await tab.context.addCookies([cookie]);
  await tab.page.goto(`${cluster.url}/r/${room}`);
  await tab.page.getByRole('button', { name }).waitFor();
  return tab;
}

/** The places in the log of the messages in the list, from top to bottom. */
const placesIn = ({ page }: Tab): Promise<number[]> =>
  page.locator('li[data-seq]').evaluateAll((rows) => rows.map((row) => Number(row.dataset['seq'])));

const badge = ({ page }: Tab) => page.getByText(/≈ \d+\/s, you see \d+/);
const gaps = ({ page }: Tab) => page.getByRole('button', { name: 'Load', exact: true });

/** How many gap rows are where the reader looks. */
const gapsInSight = ({ page }: Tab): Promise<number> =>
  page.getByRole('region', { name: 'Chat' }).evaluate((list) => {
    const { top, bottom } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll('li:not([data-seq])')];
    return rows.filter((row) => {
      const box = row.getBoundingClientRect();
      return row.querySelector('button') !== null && box.bottom > top && box.top < bottom;
    }).length;
  });

it('P11: a room too busy to read flows calmly, says how busy it is, and what was left out can be loaded', async () => {
  const room = await api.room(owner, { state: 'live' });
  const tab = await openAs(await api.guest(`Ada ${unique()}`), room);
  const { page } = tab;
  const stop = await storm(room);
  await badge(tab).waitFor();
  for (let i = 0; i < 20; i++) expect(await gapsInSight(tab)).toBe(0);
  expect(await seriousProblems(tab)).toEqual([]);
  await chromium.shot(tab, 'busy');

  await say(tab, 'mine is not left out');
  await chatRow(tab, 'mine is not left out').waitFor();

  await page.getByRole('button', { name: 'Pause the chat' }).click();
  await badge(tab).waitFor({ state: 'hidden' });
  const paused = await placesIn(tab);
  expect(await gaps(tab).count()).toBeGreaterThan(0);
  const pill = page.getByRole('button', { name: /^[\d,]+ new$/ });
  await waitFor(async () => Number((await pill.innerText()).replace(/\D/g, '')) > PER_SECOND, {
    what: 'more is said meanwhile',
    timeoutMs: 30_000,
  });
  expect(await placesIn(tab)).toEqual(paused);

  // The nearest gap ends with the last row that the reader has.
  const before = await gaps(tab).count();
  while ((await gaps(tab).count()) === before) {
    const rows = (await placesIn(tab)).length;
    await gaps(tab).last().click();
    await waitFor(async () => (await placesIn(tab)).length > rows, {
      what: 'a page is there',
      timeoutMs: 20_000,
    });
  }
  const loaded = await placesIn(tab);
  const last = loaded.at(-1) ?? 0;
  const whole = loaded.slice(-60);
  expect(whole).toEqual(whole.map((_, i) => last - whole.length + 1 + i));
  expect(loaded.length).toBeGreaterThan(paused.length + 60);
  await chromium.shot(tab, 'loaded');

  await page.keyboard.press('End');
  await badge(tab).waitFor();
  stop();
  await badge(tab).waitFor({ state: 'hidden' });
  await gaps(tab).first().waitFor();
  expect(tab.errors).toEqual([]);
  await tab.context.close();
});
