import { contentOf } from '../workload';
import { messageIn, type Opening, type SenderDialect, type ViewerDialect } from './dialect';

/** Who is in another room already is given what is said there, too. */
function* join(room: string): Opening<null> {
  let said = yield JSON.stringify({ join: room });
  while (!said.startsWith('{"joined"')) {
    if (!messageIn(said)) throw new Error(said);
    said = yield null;
  }
  return null;
}

/** What a first server on `ws` or uWebSockets.js speaks: every text frame to a viewer is a message. */
export const plainViewer: ViewerDialect = {
  path: () => '/',
  join,
  kindOf: () => 'message',
  read: messageIn,
  pong: null,
  keepalive: null,
};

export const plainSender: SenderDialect = {
  path: () => '/',
  *enter(rooms) {
    for (const room of rooms) yield* join(room);
    return null;
  },
  encode: (message) => `{"room":"${message.room}",${contentOf(message).slice(1)}`,
  replyIn: null,
  pong: null,
};
