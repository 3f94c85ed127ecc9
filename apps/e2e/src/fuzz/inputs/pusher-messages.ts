import { PUSHER_APP } from '../../testing/pusher-pages';
import { sign } from '../../testing/pusher-socket';
import type { Random } from '../../testing/random';
import type { Stage } from '../stage';
import { channelName } from './channels';
import { anything, broken, mutated, nested } from './values';

/** The largest event that an app allows by default, in bytes, near enough. */
const LARGE = 12_000;

/** A message of a Pusher client: right, nearly right, or noise. */
export function pusherMessage(random: Random, stage: Stage, socketId: string): string | Buffer {
  const dice = random.below(100);
  if (dice < 65) return JSON.stringify(message(random, stage, socketId));
  if (dice < 80) return JSON.stringify(mutated(random, message(random, stage, socketId)));
  if (dice < 86) return JSON.stringify(anything(random, 3));
  if (dice < 94) return broken(random, JSON.stringify(message(random, stage, socketId)));
  if (dice < 97) return random.text(random.below(60));
  return nested(random, 20_000);
}

function message(random: Random, stage: Stage, socketId: string): object {
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return textual(random, {
        event: 'pusher:subscribe',
        data: subscription(random, stage, socketId),
      });
    case 4:
    case 5:
      return { event: 'pusher:unsubscribe', data: { channel: channelName(random, stage) } };
    case 6:
      return { event: 'pusher:ping', data: {} };
    case 7:
      return textual(random, { event: 'pusher:signin', data: signIn(random, stage, socketId) });
    default:
      return clientEvent(random, stage);
  }
}

/** Some clients send `data` as JSON within JSON. */
function textual(random: Random, { event, data }: { event: string; data: object }): object {
  return { event, data: random.below(5) === 0 ? JSON.stringify(data) : data };
}

function subscription(random: Random, stage: Stage, socketId: string): object {
  const channel = channelName(random, stage);
  if (!/^(private|presence)-/.test(channel) && random.below(5) > 0) return { channel };
  const user_id = random.one([`u${String(random.below(5))}`, 7, random.text(6), stage.owner.id]);
  const info = { user_id, user_info: anything(random, 1) };
  const member = random.below(8) === 0 ? mutated(random, info) : info;
  const channel_data = channel.startsWith('presence-') ? JSON.stringify(member) : undefined;
  const signed = [socketId, channel, ...(channel_data === undefined ? [] : [channel_data])];
  return { channel, channel_data, auth: signature(random, signed.join(':')) };
}

function signIn(random: Random, stage: Stage, socketId: string): object {
  const user = {
    id: random.one([`u${String(random.below(5))}`, 7, stage.owner.id, random.text(20)]),
    user_info: anything(random, 1),
    watchlist: Array.from({ length: random.below(130) }, (_, i) => `u${String(i)}`),
  };
  const user_data = JSON.stringify(random.below(6) === 0 ? mutated(random, user) : user);
  return { user_data, auth: signature(random, `${socketId}::user::${user_data}`) };
}

/** Right, mostly. */
function signature(random: Random, signed: string): string {
  const right = `${PUSHER_APP.key}:${sign(signed)}`;
  if (random.below(5) > 0) return right;
  return random.one([
    right.slice(0, -1),
    right.toUpperCase(),
    `other:${sign(signed)}`,
    sign(signed),
    ':',
    random.text(40),
    right.repeat(50),
  ]);
}

function clientEvent(random: Random, stage: Stage): object {
  const name = random.one(['client-x', 'client-', `client-${'n'.repeat(random.below(250))}`]);
  const data = random.below(10) === 0 ? 'x'.repeat(random.below(LARGE)) : anything(random, 2);
  return { event: name, channel: channelName(random, stage), data };
}
