import { PUSHER_APP } from '../wire';
import { messageIn, type ViewerDialect } from './dialect';

/** Less than any message has, and more than what a server says besides (pongs, counts of subscriptions). Uncompressed. */
const MESSAGE_MIN_BYTES = 150;

const PING = JSON.stringify({ event: 'pusher:ping', data: {} });

/** https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/ */
export const pusherViewer: ViewerDialect = {
  path: () => `/app/${PUSHER_APP.key}?protocol=7&client=bench&version=1.0`,
  *join(room) {
    let said = yield null;
    if (!said.includes('"pusher:connection_established"')) throw new Error(said);
    said = yield JSON.stringify({ event: 'pusher:subscribe', data: { channel: room } });
    while (!said.includes('"pusher_internal:subscription_succeeded"')) {
      if (said.includes('error"')) throw new Error(said);
      said = yield null;
    }
    return null;
  },
  kindOf: (payloadBytes, isCompressed) =>
    isCompressed || payloadBytes >= MESSAGE_MIN_BYTES ? 'message' : 'other',
  read: messageIn,
  pong: null,
  keepalive: PING,
};
