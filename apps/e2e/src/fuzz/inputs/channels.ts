import type { Random } from '../../testing/random';
import type { Stage } from '../stage';

const PREFIXES = [
  '',
  'cache-',
  'private-',
  'private-cache-',
  'private-encrypted-',
  'private-encrypted-cache-',
  'presence-',
  'presence-cache-',
  '#server-to-user-',
];
const LONG = 250;

/** A channel of any kind, of a few names, so that some of them meet; or what may be none. */
export function channelName(random: Random, stage: Stage): string {
  switch (random.below(10)) {
    case 0:
      return `${random.one(['', 'presence-'])}room.${random.one([...stage.rooms, 'none', '~0', ''])}`;
    case 1:
      return random.one(PREFIXES) + random.text(random.below(20));
    case 2:
      return random.one(PREFIXES) + 'x'.repeat(random.below(LONG));
    default:
      return `${random.one(PREFIXES)}fuzz-${String(random.below(8))}`;
  }
}
