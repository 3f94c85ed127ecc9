import {
  LIMITS,
  countChars,
  type ReplyData,
  type SendRequest,
  type SessionUser,
} from '@hubbub/protocol';
import type { Cooldown } from '../cluster/cooldown';
import { Refusal } from '../refusal';
import { StalePolicy, type Draft, type RoomLog } from '../store/room-log';
import type { RoomPolicy } from '../store/room-store';
import type { LiveRoom } from './live-room';
import { assertReadable, moderates, mutedUntil, toAuthor } from './policy';
import { AlreadyCommitted, type RoomAccess } from './room-access';
import type { TokenBuckets } from './token-bucket';

export interface SpeechServiceOptions {
  access: RoomAccess;
  roomLog: RoomLog;
  cooldown: Cooldown;
  sendRate: TokenBuckets;
}

/** Saying something in a room: who may, how fast, and into the log. */
export class SpeechService {
  readonly #options: SpeechServiceOptions;

  constructor(options: SpeechServiceOptions) {
    this.#options = options;
  }

  /** Resolves when the message is committed (G1). A key that was committed before makes nothing new (G4). */
  async send(
    user: SessionUser | null,
    request: SendRequest,
    joined?: LiveRoom,
  ): Promise<ReplyData<'send'>> {
    const { access, sendRate } = this.#options;
    if (!user) throw new Refusal('unauthenticated', 'sign in to speak');
    if (countChars(request.text) > LIMITS.textChars) {
      throw new Refusal(
        'too_long',
        `a message has at most ${String(LIMITS.textChars)} characters`,
        {
          field: 'text',
        },
      );
    }
    if (user.role !== 'bot' && user.role !== 'admin') {
      const retryAfterMs = sendRate.take(user.id);
      if (retryAfterMs > 0) throw new Refusal('rate_limited', 'too fast', { retryAfterMs });
    }
    const room = joined ?? (await access.enter(request.room, user)).room;
    if (request.replyTo !== undefined) await this.#assertMessage(room, request.replyTo, 'replyTo');
    const { key, text, danmaku, replyTo } = request;
    const turn = new Turn(this.#options.cooldown, room, user);
    try {
      const { seq, at, duplicate } = await access.append(room, (policy) => {
        assertReadable(policy, user);
        const body = {
          user: toAuthor(policy, user),
          text,
          ...(danmaku && { danmaku }),
          ...(replyTo !== undefined && { replyTo }),
        };
        const { version: policyVersion } = policy;
        const draft: Draft = { kind: 'message', userId: user.id, key, body, policyVersion };
        const restraint = restraintOn(policy, user);
        if (!restraint) return draft;
        return this.#assertMaySpeak(room, restraint, { user, key, turn }).then(() => draft);
      });
      return { seq, at, key, ...(duplicate && { duplicate }) };
    } catch (error) {
      await turn.giveBack();
      throw error;
    }
  }

  async #assertMessage(room: LiveRoom, seq: number, field: string): Promise<void> {
    const json = (room.feed.get(seq) ?? (await this.#options.roomLog.entry(room.id, seq)))?.json;
    const isMessage =
      json !== undefined && (JSON.parse(json) as { kind: string }).kind === 'message';
    if (!isMessage) throw new Refusal('invalid', `${field}: there is no such message`, { field });
  }

  /** Mutes and slow mode. A message that is in the log already is not refused: it is answered as the duplicate it is. */
  async #assertMaySpeak(
    room: LiveRoom,
    { until, slowModeMs }: Restraint,
    { user, key, turn }: { user: SessionUser; key: string; turn: Turn },
  ): Promise<void> {
    const { roomLog } = this.#options;
    if (!turn.isPolicyFresh) {
      // What was lifted at another gateway may not be known here yet: nobody is refused by what is only remembered.
      turn.isPolicyFresh = true;
      throw new StalePolicy();
    }
    const committed = await roomLog.findByKey(room.id, user.id, key);
    if (committed) throw new AlreadyCommitted(committed);
    if (until !== null) {
      throw new Refusal('muted', 'you may not speak here now', {
        retryAfterMs: Math.max(1, until - Date.now()),
      });
    }
    const retryAfterMs = await turn.take(slowModeMs);
    if (retryAfterMs > 0) {
      throw new Refusal('slow_mode', 'slow mode is on', { retryAfterMs });
    }
  }
}

/** What may keep somebody from speaking: until when they are muted, and how long they wait between two messages. */
interface Restraint {
  until: number | null;
  slowModeMs: number;
}

/** Null for whoever may speak at once. */
function restraintOn(policy: RoomPolicy, user: SessionUser): Restraint | null {
  const until = mutedUntil(policy, user, Date.now());
  const isSlow = policy.room.slowModeMs > 0 && !moderates(policy, user) && user.role !== 'bot';
  if (until === null && !isSlow) return null;
  return { until, slowModeMs: policy.room.slowModeMs };
}

/** A user's turn to speak. In slow mode it is taken once for a message, however often it is drafted, and given back if it is not sent. */
class Turn {
  #isTaken = false;
  /** The policy was read after the message came. */
  isPolicyFresh = false;

  constructor(
    private readonly cooldown: Cooldown,
    private readonly room: LiveRoom,
    private readonly user: SessionUser,
  ) {}

  get #name(): string {
    return `slow:${String(this.room.id)}:${this.user.id}`;
  }

  async take(durationMs: number): Promise<number> {
    if (this.#isTaken) return 0;
    const leftMs = await this.cooldown.claim(this.#name, durationMs);
    this.#isTaken = leftMs === 0;
    return leftMs;
  }

  async giveBack(): Promise<void> {
    if (this.#isTaken) await this.cooldown.release(this.#name);
  }
}
