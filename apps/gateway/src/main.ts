import 'reflect-metadata';
import { readSettings, SettingsError } from './env';
import { startGateway } from './gateway';
import { createLog } from './log';

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;

async function main(): Promise<void> {
  const settings = readSettings(process.env, process.argv.slice(2));
  const log = createLog(settings);
  const { ignored } = settings.pusher;
  if (ignored.length > 0) log.warn('settings: these of Soketi mean nothing here', { ignored });
  const gateway = await startGateway(settings, log);
  let isStopping = false;
  const stop = (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    log.info('gateway: stopping', { signal });
    gateway
      .stop()
      .then(() => {
        log.info('gateway: stopped');
        process.exit(0);
      })
      .catch((error: unknown) => {
        log.error('gateway: could not stop in order', { error: String(error) });
        process.exit(1);
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`hubbub: ${message}\n`);
  process.exit(error instanceof SettingsError ? EXIT_CONFIG : 1);
});
