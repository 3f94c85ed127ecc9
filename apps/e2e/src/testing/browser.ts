import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { REPLIES, ServerFrame } from '@hubbub/protocol';
import { workspacePath } from './workspace';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws {Error} where the machine has none. */
function chromiumPath(): string {
  const given = process.env['CHROMIUM'];
  if (given) return given;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error('there is no Chromium: name it in CHROMIUM');
  return found;
}

/** A page, and what its WebSockets said. */
export interface Tab {
  page: Page;
  context: BrowserContext;
  /** Gateways that it was welcomed by, in order. */
  gateways: string[];
  /** Rooms that it was let into, in order: from then on what is said there is live, and flies. */
  joined: string[];
  /** Errors of its scripts, and what its policy forbade. */
  errors: string[];
}

/** One Chromium for the tests of a file; each tab in a profile of its own. */
export class Chromium {
  /** Where screenshots go. */
  readonly shots = mkdtempSync(join(tmpdir(), 'hubbub-shots-'));
  private readonly tabs: Tab[] = [];

  private constructor(private readonly browser: Browser) {}

  static async launch(): Promise<Chromium> {
    return new Chromium(await chromium.launch({ executablePath: chromiumPath(), args: ARGS }));
  }

  async tab(): Promise<Tab> {
    const context = await this.browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1280, height: 800 },
    });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const tab: Tab = { page, context, gateways: [], joined: [], errors: [] };
    page.on('pageerror', (error) => tab.errors.push(error.message));
    page.on('console', (message) => {
      const text = message.text();
      if (text.includes('Content Security Policy')) tab.errors.push(text);
    });
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        const frame = ServerFrame.safeParse(JSON.parse(payload.toString()));
        if (!frame.success) tab.errors.push(`not of the protocol: ${payload.toString()}`);
        else if (frame.data.event === 'welcome') tab.gateways.push(frame.data.data.gateway);
        else if (frame.data.event === 'ok') {
          const join = REPLIES.join.safeParse(frame.data.data);
          if (join.success) tab.joined.push(join.data.room.slug);
        }
      });
    });
    this.tabs.push(tab);
    return tab;
  }

  /** Closes all tabs. @returns what went wrong in them. */
  async closeTabs(): Promise<string[]> {
    const tabs = this.tabs.splice(0);
    const errors = tabs.flatMap((it) => it.errors);
    for (const { context } of tabs) await context.close();
    return errors;
  }

  async shot({ page }: Tab, name: string): Promise<void> {
    await page.screenshot({ path: join(this.shots, `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.browser.close();
    if (process.env['KEEP_SHOTS']) console.log(`screenshots: ${this.shots}`);
    else rmSync(this.shots, { recursive: true, force: true });
  }
}

/** The row of the chat that has the text. */
export function chatRow({ page }: Tab, text: string) {
  return page.getByRole('listitem').filter({ hasText: text });
}

export async function say({ page }: Tab, text: string): Promise<void> {
  const input = page.getByRole('textbox', { name: 'Message', exact: true });
  await input.fill(text);
  await input.press('Enter');
}

/** The texts of the messages in the list that begin with `prefix`, from top to bottom. */
export async function chatTexts({ page }: Tab, prefix: string): Promise<string[]> {
  const rows = await page.locator('li[data-seq]').allInnerTexts();
  return rows.flatMap((row) => new RegExp(`${prefix}\\S*`).exec(row)?.[0] ?? []);
}

/** Whether something flies: pixels on the danmaku canvas that are not empty. */
export function flyingPixels({ page }: Tab): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(
      'section canvas[aria-hidden="true"]:last-of-type',
    );
    if (!canvas || canvas.width === 0) return 0;
    const copy = document.createElement('canvas');
    copy.width = canvas.width;
    copy.height = canvas.height;
    const context = copy.getContext('2d');
    if (!context) return 0;
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let count = 0;
    for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) count++;
    return count;
  });
}

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { html: string }[] }[];
}

/** What axe-core finds that is serious or worse. */
export async function seriousProblems({ page }: Tab): Promise<string[]> {
  const require = createRequire(workspacePath('package.json'));
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate<AxeResult>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}
