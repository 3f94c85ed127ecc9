import { connect } from 'node:net';
import type { Plan } from '../supervised-process';

/** Redis on a loopback port, without a file: nothing is in it that cannot be made again. */
export function redisPlan(program: string, { dir, port }: { dir: string; port: number }): Plan {
  const options = {
    bind: '127.0.0.1',
    port: String(port),
    dir,
    save: '',
    appendonly: 'no',
    daemonize: 'no',
  };
  return {
    name: 'redis',
    command: program,
    args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    env: process.env,
    isReady: () => answersPing(port),
  };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (bytes) => {
      resolve(bytes.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
