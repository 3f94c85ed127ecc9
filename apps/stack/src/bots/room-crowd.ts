import type { Room } from '@hubbub/client';
import { Audience } from './audience';
import type { Bot } from './bot';
import type { Crowd } from './rooms';
import { Repertoire } from './talk';

/** The rate rises and falls by a third within this time. */
const SWELL_MS = 40_000;
const SWELL = 0.33;
/** A room whose log is not longer holds only what its making put there. */
const LOG_OF_A_NEW_ROOM = 4;

/** The bots of one room: they come and go, talk while somebody else is there, and are silent among themselves. */
export class RoomCrowd {
  private readonly present = new Map<Bot, Room>();
  private readonly audience = new Audience();
  private readonly repertoire: Repertoire;
  private nextLineAt = 0;
  private nextWalkAt = 0;
  private hasOpened = false;

  constructor(
    private readonly crowd: Crowd,
    private readonly bots: readonly Bot[],
  ) {
    this.repertoire = new Repertoire(crowd.talk);
  }

  /** To be called every 50 ms or so. */
  tick(now: number): void {
    const joined = [...this.present.values()].filter((it) => it.state.status === 'joined');
    const [first] = joined;
    if (first) this.audience.counted({ viewers: first.viewers, bots: joined.length }, now);
    if (now >= this.nextWalkAt) this.walk(now);
    if (first && !this.hasOpened) this.open(first, joined);
    this.talk(joined, now);
  }

  private walk(now: number): void {
    const { bots } = this;
    const absent = bots.filter((it) => !this.present.has(it));
    const tooFew = this.present.size < Math.ceil(bots.length / 2);
    const comes = tooFew || (absent.length > 0 && Math.random() < 0.5);
    if (comes) this.enter(pick(absent));
    else this.leave(pick([...this.present.keys()]));
    // The first ones come one by one and quickly; then the audience has to be counted undisturbed in between.
    const calm = this.audience.share(now) > 0 ? 8_000 + 12_000 * Math.random() : 30_000;
    this.nextWalkAt = now + (tooFew ? 150 : calm);
  }

  private enter(bot: Bot | undefined): void {
    if (!bot) return;
    const room = bot.enter(this.crowd.slug);
    room.on('state', () => {
      this.audience.botsMoved(Date.now());
    });
    this.present.set(bot, room);
    this.audience.botsMoved(Date.now());
  }

  private leave(bot: Bot | undefined): void {
    if (!bot) return;
    void this.present.get(bot)?.leave();
    this.present.delete(bot);
    this.audience.botsMoved(Date.now());
  }

  private open(first: Room, joined: Room[]): void {
    this.hasOpened = true;
    if (first.head > LOG_OF_A_NEW_ROOM) return;
    for (let i = 0; i < this.crowd.opening; i++) this.say(pick(joined));
  }

  private talk(joined: Room[], now: number): void {
    const rate = this.crowd.rate * this.audience.share(now) * swell(now);
    if (rate === 0 || joined.length === 0) {
      this.nextLineAt = 0;
      return;
    }
    // Whoever just woke up, or was held up, does not make up for it.
    if (this.nextLineAt < now - 500) this.nextLineAt = now;
    while (this.nextLineAt <= now) {
      this.say(pick(joined));
      this.nextLineAt += (-Math.log(1 - Math.random()) * 1000) / rate;
    }
  }

  private say(room: Room | undefined): void {
    // Where messages do not get through, more of them would not help.
    const patience = Math.max(3, (3 * this.crowd.rate) / this.present.size);
    if (!room || room.outbox.length > patience) return;
    const isDanmaku = Math.random() < this.crowd.danmakuShare;
    const message = room.send({
      text: this.repertoire.next(),
      ...(isDanmaku && { danmaku: this.repertoire.danmaku() }),
    });
    message.done.catch(() => {
      message.discard();
    });
  }
}

function swell(now: number): number {
  return 1 + SWELL * Math.sin((2 * Math.PI * now) / SWELL_MS);
}

function pick<T>(from: readonly T[]): T | undefined {
  return from[Math.floor(Math.random() * from.length)];
}
