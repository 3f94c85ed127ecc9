import { contentOf } from '../workload';
import { messageIn, type SenderDialect, type ViewerDialect } from './dialect';

/** What a first server on `ws` or uWebSockets.js speaks: every text frame to a viewer is a message. */
export const plainViewer: ViewerDialect = {
  path: () => '/',
  *join(room) {
    const said = yield JSON.stringify({ join: room });
    if (!said.startsWith('{"joined"')) throw new Error(said);
    return null;
  },
  kindOf: () => 'message',
  read: messageIn,
  pong: null,
  keepalive: null,
};

export const plainSender: SenderDialect = {
  path: () => '/',
  // eslint-disable-next-line require-yield -- there is nothing to say first
  *enter() {
    return null;
  },
  encode: (message) => `{"room":"${message.room}",${contentOf(message).slice(1)}`,
  replyIn: null,
  pong: null,
};
