import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Accounts } from './accounts';
import { Bot } from './bot';
import { RoomCrowd } from './room-crowd';
import { BOT_NAMES, CROWDS } from './rooms';

const TICK_MS = 50;

const settings = z
  .object({
    BOTS_URL: z.url(),
    BOTS_ADMIN_TOKEN: z.string(),
    BOTS_CREDENTIALS_FILE: z.string(),
  })
  .parse(process.env);

const accounts = new Accounts({
  url: settings.BOTS_URL,
  adminToken: settings.BOTS_ADMIN_TOKEN,
  credentialsFile: settings.BOTS_CREDENTIALS_FILE,
});
const bots = BOT_NAMES.map((name, i) => new Bot({ id: String(i + 1), name }, accounts));
const crowds = CROWDS.map(
  (crowd) =>
    new RoomCrowd(
      crowd,
      crowd.bots.flatMap((i) => bots[i] ?? []),
    ),
);

process.once('SIGTERM', () => {
  void Promise.race([Promise.all(bots.map((it) => it.close())), delay(1000)]).then(() => {
    process.exit(0);
  });
});

// One after another: hashing a password takes the gateway a moment, and people come first.
for (const bot of bots) await bot.connect();
setInterval(() => {
  const now = Date.now();
  for (const crowd of crowds) crowd.tick(now);
}, TICK_MS);
