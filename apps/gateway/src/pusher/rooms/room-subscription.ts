import { randomBytes } from 'node:crypto';
import { MessageCreation, type SessionUser } from '@hubbub/protocol';
import { databaseRefusal } from '../../database-errors';
import type { Log } from '../../log';
import { Refusal } from '../../refusal';
import type { LiveRoom, RoomMember } from '../../rooms/live-room';
import type { SpeechService } from '../../rooms/speech.service';
import type { BackedSubscriber, BackedSubscription } from '../channel-backing';
import { noRoomForAll } from './room-refusals';

/** `data` of `client-message`. Only with a key of one's own is it safe to send again (G4). */
const ClientMessage = MessageCreation.partial({ key: true });
/** Messages of one subscription on their way into the log. */
const IN_FLIGHT_MAX = 64;

/** Clients of some languages send their data as the text of a JSON object. */
function parseMessage(data: unknown): MessageCreation {
  let value = data;
  if (typeof data === 'string') {
    try {
      value = JSON.parse(data);
    } catch {
      throw new Refusal('invalid', 'data: is not JSON', { field: 'data' });
    }
  }
  const parsed = ClientMessage.safeParse(value);
  if (parsed.success) {
    const { key = randomBytes(12).toString('base64url') } = parsed.data;
    return { ...parsed.data, key };
  }
  const issue = parsed.error.issues[0];
  const field = issue && issue.path.length > 0 ? issue.path.join('.') : 'data';
  throw new Refusal('invalid', `${field}: ${issue?.message ?? 'is wrong'}`, { field });
}

export interface RoomSubscriptionOptions {
  room: LiveRoom;
  /** Who speaks in it; null where nobody can: the public form. */
  speaker: SessionUser | null;
  subscriber: BackedSubscriber;
  speech: SpeechService;
  log: Log;
  /** Called once, when it ends. */
  leave: () => void;
}

/** One who is in a room by a channel. */
export class RoomSubscription implements BackedSubscription, RoomMember {
  /** Reads what everybody may read: no signature of an app opens a private room. */
  readonly user = null;
  readonly #options: RoomSubscriptionOptions;
  #inFlight = 0;
  #stands = false;
  #isClosed = false;

  constructor(options: RoomSubscriptionOptions) {
    this.#options = options;
  }

  /** From here on its end is told. False where it has ended already. */
  stand(): boolean {
    this.#stands = !this.#isClosed;
    return this.#stands;
  }

  /** Takes all of them: nothing reaches the others past the room, where who is muted is not heard (G9). */
  clientEvent(name: string, data: unknown): boolean {
    const { room, speaker, subscriber } = this.#options;
    if (speaker && name === 'client-message') void this.#say(speaker, data);
    else if (speaker && name === 'client-typing') room.type(speaker.name);
    else subscriber.fail('unknown_event: a room has client-message and client-typing');
    return true;
  }

  /** The room is not for everybody any more, or gone. */
  reconnect(): void {
    if (this.#isClosed) return;
    this.close();
    if (this.#stands) this.#options.subscriber.revoke(noRoomForAll());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.leave();
  }

  /** Its sender sees it as everybody does, as the entry; what is refused is told to them alone. */
  async #say(speaker: SessionUser, data: unknown): Promise<void> {
    const { room, speech } = this.#options;
    this.#inFlight++;
    try {
      if (this.#inFlight > IN_FLIGHT_MAX) throw new Refusal('rate_limited', 'too fast');
      await speech.send(speaker, { room: room.slug, ...parseMessage(data) }, room);
    } catch (error) {
      const { code, message } = this.#refusal(error);
      if (!this.#isClosed) this.#options.subscriber.fail(`${code}: ${message}`);
    } finally {
      this.#inFlight--;
    }
  }

  #refusal(error: unknown): Refusal {
    const refusal = error instanceof Refusal ? error : databaseRefusal(error);
    if (refusal) return refusal;
    this.#options.log.error('pusher: a message failed', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return new Refusal('internal', 'something went wrong here');
  }
}
