import { plainSender } from './dialects/plain';
import { roomSender } from './dialects/room';
import { socketIoSender } from './dialects/socket-io';
import { Publisher } from './publisher';
import type { Sender } from './sender';
import { SocketSender } from './socket-sender';
import type { Target } from './wire';
import type { Workload } from './workload';

const DIALECTS = { room: roomSender, 'socket.io': socketIoSender, plain: plainSender };

/**
 * As many senders, on the servers by turns, each in its rooms.
 *
 * @throws {Error} where one is refused.
 */
export async function openSenders(
  target: Target,
  workload: Workload,
  count: number,
): Promise<Sender[]> {
  const { dialect, rooms, tokens } = target;
  const ports = target.senderPorts ?? target.ports;
  if (dialect === 'pusher') {
    const publishers = ports.map((port) => new Publisher(port));
    return Array.from({ length: count }, (_, i) => publishers[i % ports.length]).filter(
      (it) => it !== undefined,
    );
  }
  const senders: SocketSender[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const sender = await SocketSender.open({
        dialect: DIALECTS[dialect],
        port: ports[i % ports.length] ?? 0,
        rooms: workload.roomsOf(i).map((room) => rooms[room] ?? ''),
        token: tokens[i],
      });
      senders.push(sender);
    }
  } catch (error) {
    for (const sender of senders) sender.close();
    throw error;
  }
  return senders;
}
