import { contentOf } from '../workload';
import { messageIn, type Opening, type SenderDialect, type ViewerDialect } from './dialect';

const PATH = '/socket.io/?EIO=4&transport=websocket';

/** The longest that a ping ("2") becomes by compression; no message is as short. */
const PING_MAX_BYTES = 8;

/** Engine.IO's handshake ("0{…}"), then Socket.IO's of the default namespace ("40" and "40{…}"). */
function* connect(): Opening<null> {
  let said = yield null;
  if (!said.startsWith('0')) throw new Error(said);
  said = yield '40';
  if (!said.startsWith('40')) throw new Error(said);
  return null;
}

function* join(room: string): Opening<null> {
  let said = yield `420["join",${JSON.stringify(room)}]`;
  while (!said.startsWith('430')) {
    // A message of the room may be there before the acknowledgement.
    if (!said.startsWith('42')) throw new Error(said);
    said = yield null;
  }
  return null;
}

/** https://socket.io/docs/v4/socket-io-protocol/ and https://socket.io/docs/v4/engine-io-protocol/, over WebSocket alone. */
export const socketIoViewer: ViewerDialect = {
  path: () => PATH,
  *join(room) {
    yield* connect();
    return yield* join(room);
  },
  kindOf: (payloadBytes) => (payloadBytes > PING_MAX_BYTES ? 'message' : 'ping'),
  read: (text) => (text.startsWith('42["message"') ? messageIn(text) : null),
  pong: '3',
  keepalive: null,
};

export const socketIoSender: SenderDialect = {
  path: () => PATH,
  *enter(rooms) {
    yield* connect();
    for (const room of rooms) yield* join(room);
    return null;
  },
  encode: (message) => `42["message",{"room":"${message.room}",${contentOf(message).slice(1)}]`,
  replyIn: null,
  pong: '3',
};
