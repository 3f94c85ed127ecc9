import { Random } from '../../testing/random';

/** What rooms say, the most usual first: the n-th comes about as often as 1/n. Nothing in it needs an escape in JSON. */
const PHRASES = [
  '666',
  '哈哈哈哈',
  'gg',
  '前方高能',
  'lol',
  '😂😂😂',
  'what a play',
  '来了来了',
  '泪目',
  'nice',
  '主播加油',
  '???',
  'that was so close',
  '23333',
  '🔥🔥',
  '这也太强了吧',
  'hello from brazil',
  '第一次看直播，请多关照',
  'can someone explain what just happened',
  '名场面',
  '👏👏👏👏',
  'he had no idea, look at his face',
  '这波操作我给满分，不怕你骄傲',
  'first time here, is the stream always this good',
  'o7',
  '经典永流传',
  "the music at this part is unreal, what's the name of it",
  '刚下班，错过了什么，有没有好心人讲一下',
  'WWWWWWW',
  '此处应有掌声',
  'please play the next map with the old crew again',
  '我从三年前看到现在，真的一点都没变，希望一直播下去',
];

const NAMES = [
  '星海漫游者',
  'midnight_ramen',
  '一只小团子',
  'PixelPilgrim',
  '深海里的光',
  'tofu_knight',
  '今天也要早睡',
  'Annika.L',
  '路过的大橘',
  'quietstorm77',
];

const MODES = ['scroll', 'scroll', 'scroll', 'scroll', 'scroll', 'scroll', 'top', 'bottom'];
const COLORS = ['#ffffff', '#ffffff', '#ffffff', '#fe0302', '#ffd302', '#00cd00', '#89d5ff'];
const SIZES = ['normal', 'normal', 'normal', 'normal', 'small', 'large'];

/** Choices repeat after so many messages. A prime: no number of rooms divides it. */
const PERIOD = 8_191;

/** One message of a room, in the forms that dialects put together. */
export interface Message {
  index: number;
  room: string;
  /** Which of the senders it is from. */
  sender: number;
  /** Needs no escape in JSON. */
  text: string;
  /** JSON of {mode, color, size}. */
  danmaku: string;
  /** JSON of {id, name}. */
  user: string;
}

export interface WorkloadOptions {
  seed: number;
  rooms: string[];
  senders: number;
}

/**
 * What is said, by whom and where: the same for the same seed. Message `i` is in room `i` mod their number. The first senders of
 * a room say more than the others.
 */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #random: Float64Array;
  readonly #phrases: string[];
  readonly #danmaku: string[];
  readonly #users: string[];

  constructor(options: WorkloadOptions) {
    this.#options = options;
    const random = new Random(options.seed);
    const phrase = zipf(PHRASES.length);
    this.#random = Float64Array.from({ length: PERIOD }, () => random.next());
    this.#phrases = Array.from({ length: PERIOD }, () => PHRASES[phrase(random.next())] ?? '');
    this.#danmaku = Array.from({ length: PERIOD }, () =>
      JSON.stringify({
        mode: random.one(MODES),
        color: random.one(COLORS),
        size: random.one(SIZES),
      }),
    );
    this.#users = Array.from({ length: options.senders }, (_, i) =>
      JSON.stringify({ id: userId(random), name: senderName(i) }),
    );
  }

  message(index: number): Message {
    const { rooms } = this.#options;
    const room = index % rooms.length;
    const share = this.#random[index % PERIOD] ?? 0;
    const sender = this.#senderIn(room, (count) => zipf(count)(share));
    return this.from(sender, room, index);
  }

  /** The message `index` where all senders of a room say as much, by turns. */
  evenMessage(index: number): Message {
    const { rooms } = this.#options;
    const room = index % rooms.length;
    const sender = this.#senderIn(room, (count) => Math.floor(index / rooms.length) % count);
    return this.from(sender, room, index);
  }

  /** The message `index` as this sender would say it in the room with this number. */
  from(sender: number, room: number, index: number): Message {
    const at = index % PERIOD;
    return {
      index,
      room: this.#options.rooms[room] ?? '',
      sender,
      text: `${this.#phrases[at] ?? ''} ${index.toString(36)}`,
      danmaku: this.#danmaku[at] ?? '',
      user: this.#users[sender] ?? '',
    };
  }

  /** The numbers of the rooms that a sender speaks in. Each room has a sender, and no more senders than it needs. */
  roomsOf(sender: number): number[] {
    const { rooms, senders } = this.#options;
    if (senders >= rooms.length) return [sender % rooms.length];
    return rooms.map((_, room) => room).filter((room) => room % senders === sender);
  }

  /** `choose` one of so many. */
  #senderIn(room: number, choose: (count: number) => number): number {
    const { rooms, senders } = this.#options;
    if (senders <= room) return room % senders;
    const inRoom = Math.ceil((senders - room) / rooms.length);
    return room + choose(inRoom) * rooms.length;
  }
}

/** What a sender is called, wherever it is. */
export function senderName(sender: number): string {
  return `${NAMES[sender % NAMES.length] ?? ''}${String(sender)}`;
}

/** What an app would send for a message where the server knows nothing of chats, as JSON. */
export function contentOf({ user, text, danmaku }: Message): string {
  return `{"user":${user},"text":"${text}","danmaku":${danmaku}}`;
}

/** The index of the message that has this text; NaN where it is none of ours. */
export function indexIn(text: string): number {
  const digits = / ([0-9a-z]+)$/.exec(text)?.[1];
  return digits === undefined ? NaN : parseInt(digits, 36);
}

/** Of 0 to `count` - 1, the n-th about as often as 1/n; by a number from 0 to 1. */
function zipf(count: number): (share: number) => number {
  const known = ZIPF.get(count);
  if (known) return known;
  const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const upTo = weights.map((weight) => (sum += weight / all));
  const choose = (share: number) => {
    const at = upTo.findIndex((limit) => share < limit);
    return at < 0 ? count - 1 : at;
  };
  ZIPF.set(count, choose);
  return choose;
}
const ZIPF = new Map<number, (share: number) => number>();

function userId(random: Random): string {
  return Array.from({ length: 16 }, () => random.below(36).toString(36)).join('');
}
