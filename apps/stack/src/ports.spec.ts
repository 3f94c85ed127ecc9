import { createServer, type AddressInfo, type Server } from 'node:net';
import { accepts, freePort, requirePort } from './ports';

let server: Server;

beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => server.close());

test('a taken port is told in one line that says what to do', async () => {
  const { port } = server.address() as AddressInfo;
  await expect(requirePort('127.0.0.1', port)).rejects.toThrow(
    `Port ${String(port)} is taken by another program. Choose another one with PORT=8080.`,
  );
  await expect(requirePort('0.0.0.0', port)).rejects.toThrow('is taken');
});

test('an address that is not of this machine is told', async () => {
  await expect(requirePort('203.0.113.1', 8080)).rejects.toThrow(
    'HOST=203.0.113.1 is no address of this machine.',
  );
});

test('a free port is given once, although nobody listens on it yet', async () => {
  const ports: number[] = [];
  while (ports.length < 600) ports.push(await freePort());
  expect(new Set(ports).size).toBe(ports.length);
});

test('a free port can be listened on, and nothing accepts there', async () => {
  const port = await freePort();
  await requirePort('127.0.0.1', port);
  expect(await accepts(port)).toBe(false);
});
