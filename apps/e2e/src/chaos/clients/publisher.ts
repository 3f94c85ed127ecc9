import { setTimeout as delay } from 'node:timers/promises';
import PusherApi from 'pusher';
import { addressOf, PUSHER_APP } from '../../testing/pusher-pages';
import type { Random } from '../../testing/random';
import type { Recorder } from './recorder';
import { SAID } from './subscriber';

const EVERY_MS = 150;
/** A server of somebody's waits no longer: what is not answered by then may or may not have been published. */
const ANSWER_MS = 3_000;

export interface PublisherOptions {
  name: string;
  url: string;
  channels: readonly string[];
  recorder: Recorder;
  random: Random;
}

/** Publishes by the HTTP API with Pusher's own library, one after the other; what is refused is not tried again. */
export class Publisher {
  /** How many were tried in each channel: the text of one is its number. */
  readonly tried = new Map<string, number>();
  private readonly api: PusherApi;
  private isOver = false;

  constructor(private readonly options: PublisherOptions) {
    const { host, port } = addressOf(options.url);
    const { id: appId, key, secret } = PUSHER_APP;
    const where = { host, port: String(port), useTLS: false, timeout: ANSWER_MS };
    this.api = new PusherApi({ appId, key, secret, ...where });
  }

  async publish(): Promise<void> {
    const { name, channels, recorder, random } = this.options;
    while (!this.isOver) {
      const room = random.one(channels);
      const n = (this.tried.get(room) ?? 0) + 1;
      this.tried.set(room, n);
      const text = String(n);
      const of = { client: name, room, text };
      recorder.add({ ...of, type: 'send', key: text });
      await this.api.trigger(room, SAID, { text }).then(
        () => {
          recorder.add({ ...of, type: 'published' });
        },
        () => undefined,
      );
      await delay(EVERY_MS * (0.5 + random.next()));
    }
  }

  stop(): void {
    this.isOver = true;
  }
}
