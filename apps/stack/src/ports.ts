import { randomInt } from 'node:crypto';
import { createServer, connect, type Server } from 'node:net';
import { CannotStart } from './cannot-start';

/** Below the range from which systems take the ports of outgoing connections: one that is free stays free over a restart. */
const FIRST = 20_000;
const LAST = 32_000;
/** Who has been given one may not listen on it yet. */
const given = new Set<number>();

/** A port of the loopback address that nothing listens on. None is given twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (given.has(port)) continue;
    given.add(port);
    if ((await tryToListen('127.0.0.1', port)) === null) return port;
  }
}

/**
 * @throws {CannotStart} saying why the port cannot be had, and what to do.
 */
export async function requirePort(host: string, port: number): Promise<void> {
  const code = await tryToListen(host, port);
  if (code === null) return;
  const other = `Choose another one with PORT=${String(port === 8080 ? 8081 : 8080)}.`;
  switch (code) {
    case 'EADDRINUSE':
      throw new CannotStart(`Port ${String(port)} is taken by another program. ${other}`);
    case 'EACCES':
      throw new CannotStart(`Port ${String(port)} is not allowed for this user. ${other}`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      throw new CannotStart(`HOST=${host} is no address of this machine.`);
    default:
      throw new CannotStart(`Cannot listen on ${host}, port ${String(port)}: ${code}.`);
  }
}

/** Whether something accepts connections there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (it: boolean) => {
      socket.destroy();
      resolve(it);
    };
    socket.setTimeout(1000, () => {
      answer(false);
    });
    socket.once('connect', () => {
      answer(true);
    });
    socket.once('error', () => {
      answer(false);
    });
  });
}

/** The error's code; null where it could listen, and does not any more. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server: Server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve(null);
      });
    });
  });
}
