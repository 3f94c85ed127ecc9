import type { Talk } from './talk';

/** A room as it is made at the first start. */
export interface SeedRoom {
  slug: string;
  title: string;
  slowModeMs: number;
}

/** How the bots of a room behave. */
export interface Crowd {
  slug: string;
  /** Bots that may be in the room; at least half of them are. */
  bots: readonly number[];
  /** Messages a second on average, all bots together. */
  rate: number;
  /** The share of messages that also fly over the picture. */
  danmakuShare: number;
  /** Lines that are said once, so that nobody finds an empty room at the first start. */
  opening: number;
  talk: Talk;
}

export const EMPTY_ROOM: SeedRoom = { slug: 'lobby', title: 'Lobby · 大厅', slowModeMs: 0 };

export const SEEDED_ROOMS: readonly SeedRoom[] = [
  { slug: 'tea-house', title: 'Tea house: quiet talk · 茶馆，慢慢聊', slowModeMs: 0 },
  { slug: 'night-train', title: 'Night train, live · 夜行列车', slowModeMs: 0 },
  {
    slug: 'final-night',
    title: 'The final: a storm of danmaku · 决赛之夜，弹幕风暴',
    slowModeMs: 0,
  },
  {
    slug: 'one-by-one',
    title: 'Slow mode: one at a time · 慢速模式，一个一个来',
    slowModeMs: 10_000,
  },
];

export const CROWDS: readonly Crowd[] = [
  {
    slug: 'tea-house',
    bots: [0, 1, 2, 3, 4],
    rate: 0.2,
    danmakuShare: 0.2,
    opening: 6,
    talk: 'tea',
  },
  {
    slug: 'night-train',
    bots: [5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    rate: 20,
    danmakuShare: 0.6,
    opening: 20,
    talk: 'train',
  },
  {
    slug: 'final-night',
    bots: [0, 2, 4, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22],
    rate: 300,
    danmakuShare: 0.9,
    opening: 40,
    talk: 'final',
  },
  {
    slug: 'one-by-one',
    bots: [1, 3, 6, 10, 23],
    rate: 0.3,
    danmakuShare: 0.3,
    opening: 3,
    talk: 'slow',
  },
];

/** By their place: their names say what they are, wherever a name is shown. */
export const BOT_NAMES: readonly string[] = [
  '小鹿 bot',
  'Mika bot',
  '阿橘 bot',
  'Theo bot',
  '海盐 bot',
  'Nova bot',
  '早睡早起 bot',
  'Juno bot',
  '一杯拿铁 bot',
  'Felix bot',
  '晚风 bot',
  'Pixel bot',
  '柚子 bot',
  'Ravi bot',
  '十七 bot',
  'Ada bot',
  '北极星 bot',
  'Coco bot',
  '汽水 bot',
  'Remy bot',
  '路过的猫 bot',
  'Sol bot',
  '星期八 bot',
  'Wren bot',
];
