import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NGINX_TEMPLATE } from '../paths';
import { renderTemplate } from '../render-template';
import type { Plan } from '../supervised-process';
import { answers } from './answers';

export interface NginxOptions {
  dir: string;
  port: number;
  gatewayPorts: number[];
  /** Null: pages are answered 502. */
  webPort: number | null;
}

/** Nginx in front of everything, with the configuration that containers use too. */
export function nginxPlan(program: string, options: NginxOptions): Plan {
  const prefix = join(options.dir, 'nginx');
  mkdirSync(prefix, { recursive: true });
  const file = join(prefix, 'nginx.conf');
  const openFiles = openFilesLimit();
  writeFileSync(
    file,
    renderTemplate(readFileSync(NGINX_TEMPLATE, 'utf8'), variables(options, openFiles)),
  );
  return {
    name: 'nginx',
    command: program,
    args: ['-e', 'stderr', '-p', prefix, '-c', file, '-g', 'daemon off;'],
    env: process.env,
    isReady: () => answers(`http://127.0.0.1:${String(options.port)}/readyz`),
    // SIGQUIT would wait for every socket to end.
    stopSignal: 'SIGTERM',
  };
}

/** What the template leaves open. Exported for its test. */
export function variables(
  { dir, port, gatewayPorts, webPort }: NginxOptions,
  openFiles: number,
): Record<string, string> {
  const gateways = (failing: string) =>
    gatewayPorts.map((it) => `server 127.0.0.1:${String(it)} ${failing};`).join('\n');
  return {
    HUBBUB_MAIN: [
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      `pid ${join(dir, 'nginx', 'nginx.pid')};`,
    ].join('\n'),
    HUBBUB_OPEN_FILES: String(openFiles),
    HUBBUB_CONNECTIONS: String(Math.min(65_536, openFiles)),
    HUBBUB_TEMPORARY: join(dir, 'nginx'),
    HUBBUB_RESOLVER: '',
    HUBBUB_ACCESS_LOG: 'off',
    HUBBUB_LISTEN: `127.0.0.1:${String(port)}`,
    HUBBUB_GATEWAYS: gateways('max_fails=1 fail_timeout=1s'),
    HUBBUB_LASTING_GATEWAYS: gateways('max_fails=0'),
    HUBBUB_WEB:
      webPort === null ? 'server 127.0.0.1:1 down;' : `server 127.0.0.1:${String(webPort)};`,
  };
}

/** How many files a process of ours may have open: who asks for more is refused. */
function openFilesLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
    return Math.min(Number(hard ?? 1024), 131_072);
  } catch {
    return 1024;
  }
}
