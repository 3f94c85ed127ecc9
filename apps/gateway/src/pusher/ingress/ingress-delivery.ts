import { createHash } from 'node:crypto';
import type { SessionUser } from '@hubbub/protocol';
import type { Bus } from '../../cluster/bus';
import { Refusal } from '../../refusal';
import type { SpeechService } from '../../rooms/speech.service';
import type { AppSource, PusherApp } from '../app';
import { isAllowedName, userChannel } from '../channel-name';
import type { Channels } from '../channels';
import { parseRoomMessage, type IngressMessage } from './ingress-message';

export interface IngressDeliveryOptions {
  apps: AppSource;
  channels: Pick<Channels, 'publish'>;
  speech: Pick<SpeechService, 'send'>;
  bus: Bus;
  /** The id of the app whose messages may go to rooms; null: there is none. */
  roomsApp: string | null;
  gateway: string;
}

/** Gives one message of the stream to those whom it is for. */
export class IngressDelivery {
  readonly #options: IngressDeliveryOptions;
  readonly #probe: string;

  constructor(options: IngressDeliveryOptions) {
    this.#options = options;
    this.#probe = `hubbub:ingress:probe:${options.gateway}`;
    void options.bus.subscribe(this.#probe, () => undefined);
  }

  /**
   * Resolves when it is on its way for certain: in a room's log (G1), where once is once however often this is called (G4), or on
   * the bus. `entry` is the id that the stream gave it.
   *
   * @throws {Refusal} `unavailable` where it may succeed later; anything else never will.
   */
  async deliver(entry: string, message: IngressMessage): Promise<void> {
    const app = await this.#options.apps.findById(message.app);
    if (!app) throw new Refusal('not_found', `there is no app ${message.app}`, { field: 'app' });
    if (!app.enabled) throw new Refusal('forbidden', 'the app is not enabled', { field: 'app' });
    const { target } = message;
    switch (target.type) {
      case 'channel':
        if (!isAllowedName(target.channel)) {
          throw new Refusal('invalid', 'target: no channel may have this name', {
            field: 'target',
          });
        }
        await this.#publish(app, target.channel, message);
        break;
      case 'user':
        await this.#publish(app, userChannel(target.userId), message);
        break;
      case 'room':
        await this.#say(app, target.room, { entry, message });
        break;
    }
  }

  close(): void {
    this.#options.bus.unsubscribe(this.#probe);
  }

  async #publish(
    app: PusherApp,
    channel: string,
    { event, data, except }: IngressMessage,
  ): Promise<void> {
    assertWithin(channel.length, app.maxChannelNameLength, 'target');
    assertWithin(event.length, app.maxEventNameLength, 'event');
    assertWithin(Buffer.byteLength(data) / 1024, app.maxEventPayloadInKb, 'data');
    const { channels, bus } = this.#options;
    if (!bus.isWell) throw unavailable();
    const exceptSocketId = except === null ? {} : { exceptSocketId: except };
    await channels.publish(app, { channel, name: event, data, ...exceptSocketId });
    // The bus swallows what it cannot publish. It goes by the same connection as this, which is heard here only if that was too.
    if ((await bus.publish(this.#probe, '')) === 0) throw unavailable();
  }

  async #say(
    app: PusherApp,
    room: string,
    { entry, message }: { entry: string; message: IngressMessage },
  ): Promise<void> {
    if (app.id !== this.#options.roomsApp) {
      throw new Refusal('forbidden', 'this app has no rooms', { field: 'target' });
    }
    const { text, name = app.id.slice(0, 32), danmaku } = parseRoomMessage(message.data);
    const bot: SessionUser = { id: botId(app), name, role: 'bot' };
    // An id that the sender chose and one that the stream gave are never the same text.
    const key = digest(message.id === null ? `entry ${entry}` : `id ${message.id}`);
    await this.#options.speech.send(bot, { room, key, text, ...(danmaku && { danmaku }) });
  }
}

/** An app speaks in rooms as one bot, which moderators can mute. */
function botId(app: PusherApp): string {
  return `app-${digest(app.id).slice(0, 20)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function assertWithin(size: number, max: number, field: string): void {
  if (max >= 0 && size > max) {
    throw new Refusal('too_long', `${field} is longer than the app allows`, { field });
  }
}

function unavailable(): Refusal {
  return new Refusal('unavailable', 'the bus does not answer', { retryAfterMs: 500 });
}
