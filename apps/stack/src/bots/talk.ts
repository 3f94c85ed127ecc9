import { DANMAKU_MODES, DANMAKU_SIZES } from '@hubbub/protocol/tables';
import type { DanmakuStyle } from '@hubbub/protocol';

export type Talk = 'tea' | 'train' | 'final' | 'slow';

const LINES: Record<Talk, readonly string[]> = {
  tea: [
    '今天泡的是凤凰单丛，香得很',
    'Anyone else here just for the quiet?',
    '下雨天最适合坐在这里发呆',
    'I finally finished that book. The ending made me sit still for ten minutes.',
    '有人推荐一部老电影吗？',
    'Try "Yi Yi". Long, gentle, worth every minute.',
    '刚下班，来喝口茶 🍵',
    'My cat has decided the keyboard is hers now 🐈',
    '窗外的桂花开了',
    'Good evening everyone. Slow day?',
    '慢慢聊，不着急',
    'The light on the water is lovely right now',
    '明天要早起，可是不想睡',
    'Oolong or green? Asking for a friend',
    '我选乌龙，第二泡最好喝',
    'This is the only tab that calms me down',
    '谁在放爵士？好听 🎷',
    'Second cup. No regrets.',
    '小时候外婆也这样煮茶',
    'Is it snowing where you are?',
    '今天走了一万两千步，脚酸但是开心',
    'Small joys: warm socks, cold milk, no meetings',
    '字写得慢一点，心就静一点',
    'Thank you for being here, all of you',
  ],
  train: [
    '上车了上车了 🚃',
    'What a view!',
    '这段海岸线我坐过三次',
    'Tunnel!! 🌑',
    '前方高能',
    'lofi + night train = perfect',
    '打卡打卡',
    'Where is this line?',
    '下一站是哪里？',
    'The sound of the rails 😌',
    '晚上好，第一次来',
    'greetings from São Paulo 🇧🇷',
    '在写论文，靠这个续命',
    'me too, chapter 4, send help',
    '好想去旅行啊',
    '外面的灯好像星星 ✨',
    'someone clip that',
    '有没有人和我一样睡不着',
    'yes. 3 am here',
    '司机辛苦了',
    '🌊🌊🌊',
    'that bridge though',
    '这个光影绝了',
    'wave if you can see this 👋',
    '👋👋',
    '+1',
    '桥！桥！桥！',
    'can we get a stop at the ramen place 🍜',
    '饿了，谁有泡面',
    '月亮出来了 🌕',
    'moon!!',
    '截图当壁纸了',
    'new wallpaper acquired',
    '慢一点开，不想到站',
  ],
  final: [
    '666',
    '66666666',
    '哈哈哈哈哈哈',
    '冲冲冲！',
    'GOAL!!!!',
    'LET’S GOOOO 🔥',
    '前方高能',
    '来了来了',
    '泪目',
    'no way',
    'NO WAY',
    '???',
    '？？？？',
    'wwwww',
    '啊啊啊啊啊啊',
    '这也能进？！',
    'what a save',
    '👏👏👏',
    '🔥🔥🔥🔥',
    '🎉🎉',
    '名场面',
    'history!!!',
    '见证历史',
    'pog',
    'GG',
    'gg wp',
    '燃起来了',
    '稳住，我们能赢',
    'defense!!',
    '裁判眼睛呢',
    'ref pls',
    '再来一个',
    'one more! one more!',
    '神了',
    'insane',
    '我哭死',
    'my voice is gone',
    '全体起立',
    '牛啊牛啊',
    '太强了吧',
    'chills',
    '❤️❤️❤️',
    '高能预警 ⚠️',
    'replay please',
    '弹幕护体',
    '保护保护',
    'ez',
    '心跳 180',
    'heart rate: 180',
    '绝杀！！！',
  ],
  slow: [
    '慢速模式：每人十秒一句，刚好想清楚再说',
    'Slow mode makes everyone a poet.',
    '排队排队，不要挤',
    'My turn? My turn.',
    '一句一句来，真清净',
    'Ten seconds is just enough to regret a joke.',
    '说完这句，我去倒杯水再回来说下一句',
    'Question for the host: what was the hardest part?',
    '主持人讲得很清楚，谢谢',
    'Answer worth waiting for.',
    '轮到我了：同意楼上',
    'Reading every single message here. Feels like 2005.',
    '没有刷屏的直播间，少见',
    'Counting down to my next line … 3, 2, 1.',
  ],
};

const COLORS = [
  '#ff7a59',
  '#ffb02e',
  '#ffe14d',
  '#8ce03c',
  '#2fd6a3',
  '#4cc9f0',
  '#6ea8fe',
  '#b58cff',
  '#ff8fd0',
] as const;

/** What a bot says next: rarely what was said just before. */
export class Repertoire {
  private readonly recent: string[] = [];

  constructor(
    private readonly talk: Talk,
    private readonly random: () => number = Math.random,
  ) {}

  next(): string {
    const lines = LINES[this.talk];
    let line = this.pick(lines);
    while (this.recent.includes(line)) line = this.pick(lines);
    this.recent.push(line);
    if (this.recent.length > lines.length / 4) this.recent.shift();
    return line;
  }

  /** Mostly white, scrolling and of normal size, as people write them. */
  danmaku(): DanmakuStyle {
    const isPlain = this.random() < 0.6;
    return {
      mode: this.random() < 0.88 ? 'scroll' : this.pick(DANMAKU_MODES),
      color: isPlain ? '#ffffff' : this.pick(COLORS),
      size: this.random() < 0.85 ? 'normal' : this.pick(DANMAKU_SIZES),
    };
  }

  private pick<T>(from: readonly T[]): T {
    const found = from[Math.floor(this.random() * from.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }
}
