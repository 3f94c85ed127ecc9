import { mkdirSync, mkdtempSync, rmSync, writeFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Accounts } from './bots/accounts';
import { createRooms } from './bots/create-rooms';
import { SEEDED_ROOMS } from './bots/rooms';
import { buildMissing } from './build';
import { CLUSTER_USAGE, parseClusterOptions, type ClusterOptions } from './cluster-options';
import { defaultApp } from './default-app';
import { botsPlan } from './plans/bots';
import { gatewayPlan } from './plans/gateway';
import { mysqlServer } from './plans/mysql';
import { nginxPlan } from './plans/nginx';
import { redisPlan } from './plans/redis';
import { webPlan } from './plans/web';
import { freePort, requirePort } from './ports';
import { MYSQL, NGINX, REDIS, requirePrograms } from './programs';
import { removeFolder } from './remove-folder';
import { runProgram, sayFailure } from './run-program';
import { secret } from './secrets';
import { Supervisor } from './supervisor';

/** `npm run cluster`: the whole of Hubbub as processes of this machine. */
async function cluster(options: ClusterOptions, say: (line: string) => void): Promise<number> {
  const [redis = '', mysql = '', nginx = ''] = requirePrograms([REDIS, MYSQL, NGINX]);
  if (options.port !== null) await requirePort('127.0.0.1', options.port);
  await buildMissing(options.web ? ['gateway', 'web'] : ['gateway'], say);

  const dir = options.dir === null ? mkdtempSync(join(tmpdir(), 'hubbub-')) : resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const secrets = { SESSION_SECRET: secret('SESSION_SECRET'), ADMIN_TOKEN: secret('ADMIN_TOKEN') };
  const names = Array.from({ length: options.gateways }, (_, i) => `gateway-${String(i + 1)}`);
  const ports = {
    redis: options.redisPorts.own ?? (await freePort()),
    mysql: options.mysqlPorts.own ?? (await freePort()),
    nginx: options.port ?? (await freePort()),
    gateways: await Promise.all(names.map(freePort)),
    web: options.web ? await freePort() : null,
  };
  const url = `http://127.0.0.1:${String(ports.nginx)}`;
  const gatewayUrls = ports.gateways.map((port) => `http://127.0.0.1:${String(port)}`);
  const redisUrl = `redis://127.0.0.1:${String(ports.redis)}`;

  const supervisor = new Supervisor({
    dir,
    isTemporary: options.dir === null,
    say,
    changed: () => {
      writeState();
    },
  });
  let mysqlUrl = '';
  let isReady = false;
  const state = () => ({
    url,
    gateways: gatewayUrls,
    redis: redisUrl,
    mysql: mysqlUrl,
    pids: {
      gateways: names.map((name) => supervisor.pid(name)),
      redis: supervisor.pid('redis'),
      mysql: supervisor.pid('mysql'),
      nginx: supervisor.pid('nginx'),
    },
  });
  const writeState = () => {
    if (!isReady) return;
    const { pids, ...urls } = state();
    const more = { web: supervisor.pid('web'), runner: process.pid };
    const file = join(dir, 'cluster.json');
    const text = JSON.stringify({
      ...urls,
      pids: { ...pids, ...more },
      adminToken: secrets.ADMIN_TOKEN,
    });
    writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };

  const startAll = async () => {
    const database = mysqlServer(mysql, { dir, port: ports.mysql });
    mysqlUrl = database.url;
    await supervisor.start(redisPlan(redis, { dir, port: ports.redis }), database.plan);
    const shared = {
      ...defaultApp(process.env),
      ...secrets,
      HOST: '127.0.0.1',
      TRUSTED_PROXIES: '127.0.0.0/8,::1',
      WEB_URL: '',
    };
    const gateways = names.map((name, i) =>
      gatewayPlan(name, gatewayUrls[i] ?? '', {
        ...shared,
        DATABASE_URL: atPort(mysqlUrl, options.mysqlPorts.gateways[i]),
        REDIS_URL: atPort(redisUrl, options.redisPorts.gateways[i]),
        PORT: String(ports.gateways[i]),
        GATEWAY_ID: name,
      }),
    );
    // The pages' server asks through Nginx: it stays right when a gateway dies.
    const web = ports.web === null ? [] : [webPlan(ports.web, url)];
    await supervisor.start(...gateways, ...web);
    await supervisor.start(
      nginxPlan(nginx, {
        dir,
        port: ports.nginx,
        gatewayPorts: ports.gateways,
        webPort: ports.web,
      }),
    );
    if (options.seed) {
      const bots = {
        url,
        adminToken: secrets.ADMIN_TOKEN,
        credentialsFile: join(dir, 'bots.json'),
      };
      await createRooms(SEEDED_ROOMS, new Accounts(bots));
      await supervisor.start(botsPlan(bots));
    }
    isReady = true;
    writeState();
    if (options.json) process.stdout.write(`${JSON.stringify(state())}\n`);
    else process.stdout.write(summary({ ...state(), dir, isKept: options.dir !== null }));
  };

  await supervisor.open();
  return runProgram({
    supervisor,
    startAll,
    say,
    untilStdinEnds: options.untilStdinEnds,
    finally: (failed) => {
      rmSync(join(dir, 'cluster.json'), { force: true });
      if (options.dir === null) removeFolder(dir, { keepLogs: failed });
    },
  });
}

/** The same server at another port; without one, as it is. */
function atPort(url: string, port: number | undefined): string {
  if (port === undefined) return url;
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

interface Summary {
  url: string;
  gateways: string[];
  redis: string;
  mysql: string;
  dir: string;
  isKept: boolean;
}

function summary({ url, gateways, redis, mysql, dir, isKept }: Summary): string {
  return `
  Hubbub   ${url}   (Nginx)
  gateways ${gateways.join('  ')}
  redis    ${redis}
  mysql    ${mysql}
  folder   ${dir}   (logs, cluster.json; ${isKept ? 'kept' : 'removed at the end'})

  Ctrl-C stops it.
`;
}

const say = (line: string) => {
  process.stderr.write(`hubbub: ${line}\n`);
};
try {
  const options = parseClusterOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(`${CLUSTER_USAGE}\n`);
  process.exit(options === null ? 0 : await cluster(options, say));
} catch (error) {
  sayFailure(error, say);
  process.exit(1);
}
