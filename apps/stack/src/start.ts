import { mkdtempSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Accounts } from './bots/accounts';
import { createRooms } from './bots/create-rooms';
import { EMPTY_ROOM, SEEDED_ROOMS } from './bots/rooms';
import { buildMissing } from './build';
import { requireWritableFolder } from './data-folder';
import { botsPlan } from './plans/bots';
import { gatewayPlan } from './plans/gateway';
import { webPlan } from './plans/web';
import { freePort, requirePort } from './ports';
import { removeFolder } from './remove-folder';
import { runProgram, sayFailure } from './run-program';
import { secret } from './secrets';
import { readStartSettings, type StartSettings } from './start-settings';
import { Supervisor } from './supervisor';

/** `npm start`: one gateway and the web app behind it, on one port. */
async function start(settings: StartSettings, say: (line: string) => void): Promise<number> {
  await requirePort(settings.host, settings.port);
  if (settings.isEmbedded) requireWritableFolder(settings.dataDir);
  await buildMissing(['gateway', 'web'], say);

  const port = settings.port === 0 ? await freePort() : settings.port;
  const webPort = await freePort();
  const adminToken = secret('ADMIN_TOKEN');
  const url = `http://${isAnyAddress(settings.host) ? '127.0.0.1' : settings.host}:${String(port)}`;
  const dir = settings.isEmbedded ? settings.dataDir : mkdtempSync(join(tmpdir(), 'hubbub-'));
  const supervisor = new Supervisor({ dir, isTemporary: !settings.isEmbedded, say });

  const startAll = async () => {
    say('starting …');
    await supervisor.start(
      gatewayPlan('gateway', url, {
        HOST: settings.host,
        PORT: String(port),
        DATA_DIR: settings.dataDir,
        ADMIN_TOKEN: adminToken,
        WEB_URL: `http://127.0.0.1:${String(webPort)}`,
      }),
      webPlan(webPort, url),
    );
    const credentialsFile = join(settings.dataDir, 'bots.json');
    if (settings.seed !== null) {
      requireWritableFolder(settings.dataDir);
      const accounts = new Accounts({ url, adminToken, credentialsFile });
      await createRooms(settings.seed === 'rooms' ? SEEDED_ROOMS : [EMPTY_ROOM], accounts);
    }
    if (settings.seed === 'rooms') {
      await supervisor.start(botsPlan({ url, adminToken, credentialsFile }));
    }
    process.stdout.write(welcome(settings, port));
  };

  await supervisor.open();
  return runProgram({
    supervisor,
    startAll,
    say,
    finally: (failed) => {
      if (!settings.isEmbedded) removeFolder(dir, { keepLogs: failed });
    },
  });
}

function welcome({ host, isEmbedded, dataDir, seed }: StartSettings, port: number): string {
  const isOpen = isAnyAddress(host);
  const others = isOpen ? outerAddresses().map((it) => `http://${it}:${String(port)}`) : [];
  const lines = [
    `Hubbub is ready:  http://${isOpen ? 'localhost' : host}:${String(port)}`,
    ...(others.length > 0 ? [`in your network:  ${others.join('  ')}`] : []),
    ...(isEmbedded ? [`data and logs:    ${dataDir}`] : []),
    ...(seed === 'rooms'
      ? ['In the seeded rooms bots talk, and sleep while nobody is there. SEED=0 leaves them out.']
      : []),
    'Ctrl-C stops it.',
  ];
  return `\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function outerAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((it) => it ?? []);
  return all.filter((it) => it.family === 'IPv4' && !it.internal).map((it) => it.address);
}

const say = (line: string) => {
  process.stderr.write(`hubbub: ${line}\n`);
};
try {
  process.exit(await start(readStartSettings(process.env), say));
} catch (error) {
  sayFailure(error, say);
  process.exit(1);
}
