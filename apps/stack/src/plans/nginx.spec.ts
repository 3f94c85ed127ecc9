import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NGINX_TEMPLATE } from '../paths';
import { NGINX, requirePrograms } from '../programs';
import { renderTemplate } from '../render-template';
import { nginxPlan, variables } from './nginx';

const options = { dir: '/somewhere', port: 8080, gatewayPorts: [9001, 9002], webPort: 3000 };
const template = readFileSync(NGINX_TEMPLATE, 'utf8');

test('every gateway takes requests and is taken out at its first failure, and takes sockets and is never taken out', () => {
  const text = renderTemplate(template, variables(options, 1024));
  expect(text).toContain('server 127.0.0.1:9001 max_fails=1 fail_timeout=1s;');
  expect(text).toContain('server 127.0.0.1:9002 max_fails=1 fail_timeout=1s;');
  for (const upstream of ['gateway_sockets', 'pusher_sessions']) {
    const servers = new RegExp(`upstream ${upstream} \\{[^}]*\\}`).exec(text)?.[0];
    expect(servers).toContain('server 127.0.0.1:9001 max_fails=0;');
    expect(servers).toContain('server 127.0.0.1:9002 max_fails=0;');
  }
  expect(text).toMatch(/location ~ \^\/\(ws\$\|app\/\) \{\s+proxy_pass http:\/\/gateway_sockets;/);
  expect(text).toContain('server 127.0.0.1:3000;');
  expect(text).toContain('listen 127.0.0.1:8080 ');
  expect(text).toContain('worker_connections 1024;');
});

test("Nginx's own variables stay, and nothing of ours is left open", () => {
  const text = renderTemplate(template, variables(options, 1024));
  expect(text).toContain('proxy_set_header Host $http_host;');
  expect(text).not.toContain('HUBBUB_');
});

test('a variable without a value is an error, not an empty configuration', () => {
  expect(() => renderTemplate('listen ${HUBBUB_LISTEN};', {})).toThrow('HUBBUB_LISTEN');
});

test('the compose file gives every variable of the template', () => {
  const compose = readFileSync(join(NGINX_TEMPLATE, '../../docker-compose.yml'), 'utf8');
  const names = [...template.matchAll(/\$\{(HUBBUB_[A-Z_]+)\}/g)].map((it) => it[1]);
  for (const name of new Set(names)) expect(compose).toContain(`${name ?? ''}: `);
});

test('Nginx accepts what is rendered, with the web app and without', () => {
  const [program = ''] = requirePrograms([NGINX]);
  const dir = mkdtempSync(join(tmpdir(), 'hubbub-nginx-'));
  try {
    for (const webPort of [3000, null]) {
      const plan = nginxPlan(program, { ...options, dir, webPort });
      execFileSync(program, ['-t', '-q', ...plan.args], { stdio: 'inherit' });
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
