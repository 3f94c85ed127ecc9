import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import type { Page } from 'playwright-core';
import { Api, unique, type Person } from '../testing/api';
import { chatRow, Chromium, flyingPixels, type Tab } from '../testing/browser';
import { Embedded } from '../testing/embedded';
import { NAMES, STREAM_URLS, TEXTS, TITLES } from '../testing/hostile';
import { newKey, RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);

let dir: string;
let running: Embedded;
let chromium: Chromium;
let api: Api;
let owner: Person;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hubbub-texts-'));
  running = await Embedded.start(dir, { SEED: '0' });
  chromium = await Chromium.launch();
  api = new Api(running.url, '');
  owner = await api.account(NAMES[0]);
}, 400_000);

afterEach(async () => {
  expect(await chromium.closeTabs()).toEqual([]);
});

afterAll(async () => {
  await chromium.close();
  await running.stop();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

/** A tab that notes what runs: `ran` is there for whatever finds a way to call it. */
async function open(path: string, { as, width = 1280 }: { as?: Person; width?: number } = {}) {
  const tab = await chromium.tab();
  const { page, context } = tab;
  await context.exposeFunction('ran', () => tab.errors.push('something ran'));
  page.on('dialog', (dialog) => {
    tab.errors.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('page', (other) => tab.errors.push(`another page: ${other.url()}`));
  if (as) {
    await context.addCookies([{ name: 'hubbub_session', value: as.token, url: running.url }]);
  }
  await page.setViewportSize({ width, height: 800 });
  await page.goto(running.url + path);
  return tab;
}

/** What is in the page that only markup in a text would have put there. */
function planted(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter(
        (element) =>
          element.matches(
            'iframe, object, embed, base, img[src="x"], form[action^="javascript:"]',
          ) ||
          [...element.attributes].some(
            ({ name, value }) =>
              name.startsWith('on') ||
              (/^(?:href|src|action|formaction)$/.test(name) &&
                /^\s*(?:javascript|data:text|vbscript):/i.test(value)),
          ),
      )
      .map((element) => element.outerHTML.slice(0, 200)),
  );
}

/** Where the page is wider than its window, or something of it reaches out of its own place. */
function overflows(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found: string[] = [];
    if (document.documentElement.scrollWidth > width) found.push('the page scrolls sideways');
    for (const element of document.querySelectorAll('li, h1, h2, [role="menu"], [role="dialog"]')) {
      const { left, right } = element.getBoundingClientRect();
      if (element.checkVisibility() && right > left && (left < -1 || right > width + 1)) {
        found.push(`${element.tagName} ${String(left)}…${String(right)} of ${String(width)}`);
      }
    }
    for (const element of document.querySelectorAll('*')) {
      const isClamped = getComputedStyle(element).webkitLineClamp !== 'none';
      if (isClamped && element.scrollWidth > element.clientWidth + 1) {
        found.push(`cut in the middle of a line: ${element.textContent}`);
      }
    }
    return found;
  });
}

async function assertSound(tab: Tab): Promise<void> {
  expect(await planted(tab.page)).toEqual([]);
  expect(await overflows(tab.page)).toEqual([]);
}

/** What the rows of the chat say, with blanks as a page shows them. */
async function rowTexts(page: Page): Promise<string[]> {
  const texts = await page.locator('li[data-seq]').allInnerTexts();
  return texts.map((text) => text.replace(/\s+/g, ' '));
}

/** As it is kept: what the server says that it takes away is away. */
function asKept(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/(\p{M}{6})\p{M}+/gu, '$1')
    .replace(/ +/g, ' ')
    .trim();
}

const DANMAKU = { mode: 'scroll', color: '#ffffff', size: 'normal' } as const;

/** A room in which everybody with a hostile name says everything, on air. */
async function hostileRoom(): Promise<{ room: string; speakers: Person[] }> {
  const room = await api.room(owner, { title: TITLES[0], state: 'live' });
  const speakers = await Promise.all(NAMES.map((name) => api.guest(name)));
  let replyTo: number | undefined;
  for (const [i, text] of TEXTS.entries()) {
    const speaker = await RawClient.open(running.url, {
      token: speakers[i % speakers.length]!.token,
    });
    await speaker.ok('join', { room });
    const answered = replyTo === undefined ? {} : { replyTo };
    const said = { room, key: newKey(), text, danmaku: DANMAKU, ...answered };
    replyTo = (await speaker.ok('send', said)).seq;
    speaker.drop();
  }
  return { room, speakers };
}

describe('names and texts are text', () => {
  it.each([1280, 390])('in the lobby, at %i pixels', async (width) => {
    const rooms = await Promise.all(
      TITLES.map(async (title, i) => {
        const host = await api.account(NAMES[i]);
        return api.room(host, { title, state: i % 2 === 0 ? 'live' : 'offline' });
      }),
    );
    const tab = await open('/', { width });
    for (const [i, room] of rooms.entries()) {
      const card = tab.page.locator(`a[href="/r/${room}"]`).first();
      await card.waitFor();
      expect(await card.innerText()).toContain(asKept(TITLES[i]!));
      await card.hover();
    }
    await assertSound(tab);
    await chromium.shot(tab, `lobby-${String(width)}`);
  });

  it.each([1280, 390])(
    'in a room, its chat, its title and over its picture, at %i pixels',
    async (width) => {
      const { room, speakers } = await hostileRoom();
      const tab = await open(`/r/${room}`, { as: owner, width });
      const { page } = tab;
      await chatRow(tab, asKept(TEXTS.at(-1)!))
        .first()
        .waitFor();
      const shown = await rowTexts(page);
      for (const [i, text] of TEXTS.entries()) {
        const row = shown.find((it) => it.includes(asKept(text)));
        expect([text, row !== undefined]).toEqual([text, true]);
        expect(row).toContain(asKept(NAMES[i % NAMES.length]!));
      }
      expect(await page.title()).toBe(`${TITLES[0]!} · Hubbub`);
      await assertSound(tab);
      // Live ones, as they fly and are announced. The rows above came with the page, before it was in the room.
      await waitFor(() => tab.joined.includes(room), { what: 'it is in', timeoutMs: 30_000 });
      const live = await RawClient.open(running.url, { token: speakers[0]!.token });
      await live.ok('join', { room });
      for (const [i, text] of TEXTS.entries()) {
        const send = { room, key: newKey(), text: `${String(i)}${text}`.slice(0, 200) };
        await waitFor(() => live.ok('send', { ...send, danmaku: DANMAKU }), {
          what: 'it is said',
          everyMs: 100,
        });
      }
      live.drop();
      await waitFor(() => flyingPixels(tab), { what: 'they fly' });
      await chromium.shot(tab, `room-${String(width)}`);
      for (const title of TITLES) {
        await api.patch(owner, room, { title });
        await page.getByRole('heading', { level: 1, name: asKept(title), exact: true }).waitFor();
        await assertSound(tab);
      }
      await page.reload();
      await waitFor(async () => (await page.title()) === `${asKept(TITLES.at(-1)!)} · Hubbub`, {
        what: 'the page has the title',
        timeoutMs: 20_000,
      });
      await assertSound(tab);
    },
  );

  it.each([1280, 390])('in what those see who keep order, at %i pixels', async (width) => {
    const { room, speakers } = await hostileRoom();
    const keeper = await RawClient.open(running.url, { token: owner.token });
    await keeper.ok('join', { room });
    for (const { id } of speakers) await keeper.ok('mute', { room, user: id, seconds: 600 });
    for (const name of NAMES.slice(0, 9)) {
      const { id } = await api.account(name);
      const body = { role: 'moderator' };
      await api.must('PUT', `/api/rooms/${room}/members/${id}`, { token: owner.token, body });
    }
    const tab = await open(`/r/${room}`, { as: owner, width });
    const { page } = tab;
    const rows = page.locator('li[data-seq]');
    await rows.first().waitFor();
    for (const text of TEXTS) {
      const row = rows.filter({ hasText: asKept(text) }).first();
      await row.scrollIntoViewIfNeeded();
      await row.click({ button: 'right', position: { x: 20, y: 5 } });
      const menu = page.getByRole('menu');
      await menu.waitFor();
      expect(await menu.innerText()).toContain(asKept(text).slice(0, 20));
      await assertSound(tab);
      if (text === TEXTS[7] || text === TEXTS[11]) {
        await chromium.shot(tab, `menu-${String(TEXTS.indexOf(text))}-${String(width)}`);
      }
      await page.keyboard.press('Escape');
      await menu.waitFor({ state: 'hidden' });
    }
    await page.getByRole('button', { name: 'Run the room' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run the room' });
    await assertSound(tab);
    for (const name of ['People', 'Muted']) {
      await dialog.getByRole('tab', { name }).click();
      for (const one of NAMES.slice(0, 9)) {
        await dialog.getByText(asKept(one), { exact: true }).first().waitFor();
      }
      await assertSound(tab);
      await chromium.shot(tab, `manage-${name}-${String(width)}`);
    }
    keeper.drop();
  });
});

describe('the address of a picture', () => {
  it('G10: is refused where it is none of http or https', async () => {
    const room = await api.room(owner);
    for (const streamUrl of STREAM_URLS) {
      const body = { slug: `room-${unique()}`, title: 'x', streamUrl };
      for (const [method, path, change] of [
        ['POST', '/api/rooms', body],
        ['PATCH', `/api/rooms/${room}`, { streamUrl }],
      ] as const) {
        const reply = await api.call(method, path, { token: owner.token, body: change });
        expect([streamUrl, reply]).toMatchObject([
          streamUrl,
          { status: 400, body: { code: 'invalid', field: 'streamUrl' } },
        ]);
      }
    }
  });

  it('runs nothing where a database has one all the same', async () => {
    const database = new Database(join(dir, 'hubbub.sqlite'));
    // The gateway may be writing.
    database.exec('PRAGMA busy_timeout = 10000');
    try {
      for (const streamUrl of STREAM_URLS.slice(0, 8)) {
        const room = await api.room(owner, { state: 'live' });
        database.prepare('UPDATE rooms SET stream_url = ? WHERE slug = ?').run(streamUrl, room);
        const tab = await open(`/r/${room}`);
        await waitFor(() => tab.joined.includes(room), {
          what: 'the room is open',
          timeoutMs: 30_000,
        });
        await tab.page.locator('video').waitFor({ state: 'attached' });
        await assertSound(tab);
        await tab.context.close();
        // What the policy forbids of it is told of, and is what this is about.
        tab.errors = tab.errors.filter((it) => !it.includes('Content Security Policy'));
      }
    } finally {
      database.close();
    }
  });
});

describe('G10: a name', () => {
  const guest = (name: string) => api.call('POST', '/api/sessions/guest', { body: { name } });

  it('has something in it that is seen', async () => {
    for (const name of [
      '\u200b',
      '\u2060\u200d\ufeff',
      '\u3164',
      '\u2800',
      '\u00ad\ufe0f',
      ' \u200e ',
    ]) {
      expect([name, await guest(name)]).toMatchObject([
        name,
        { status: 400, body: { code: 'invalid', field: 'name' } },
      ]);
    }
  });

  it('of the house, or of somebody, is not had by hiding characters in it', async () => {
    const handle = `h_${unique()}`;
    const body = { handle, name: 'Hanna', password: unique() };
    await api.must('POST', '/api/accounts', { body });
    for (const name of [
      'admin',
      'ad\u200bmin',
      'Ａｄｍｉｎ',
      'a\u00addm\u2060in\ufe0f',
      `${handle.slice(0, 4)}\u200d${handle.slice(4)}`,
    ]) {
      expect([name, await guest(name)]).toMatchObject([
        name,
        { status: 409, body: { code: 'conflict', field: 'name' } },
      ]);
    }
  });
});
