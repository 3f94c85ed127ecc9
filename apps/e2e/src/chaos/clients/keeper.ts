import { setTimeout as delay } from 'node:timers/promises';
import { HubbubError, type Room } from '@hubbub/client';
import type { Random } from '../../testing/random';
import type { Recorder } from './recorder';
import type { SdkClient } from './sdk-client';

const EVERY_MS = 700;
/** Of these one is withdrawn: mostly one that is on its way to somebody yet. */
const LATEST = 8;
const MUTE_SECONDS = 3_600;

export interface KeeperOptions {
  /** May keep order in the room. */
  client: SdkClient;
  room: string;
  /** Whom it mutes: their user id, and what their keys begin with. */
  loud: { id: string; keys: string };
  recorder: Recorder;
  random: Random;
}

/** Keeps order in a room, by the dice. What it could not do, for the cluster was away, it does not try again. */
export class Keeper {
  private readonly room: Room;
  private readonly latest: number[] = [];
  private isMuted = false;
  private isOver = false;

  constructor(private readonly options: KeeperOptions) {
    this.room = options.client.join(options.room, {
      onEntries: (entries) => {
        for (const { kind, seq } of entries) if (kind === 'message') this.latest.push(seq);
        this.latest.splice(0, this.latest.length - LATEST);
      },
    });
  }

  async keep(): Promise<void> {
    const { random } = this.options;
    while (!this.isOver) {
      await delay(EVERY_MS * (0.5 + random.next()));
      if (random.below(3) === 0) await this.changeMute();
      else await this.withdraw();
    }
  }

  stop(): void {
    this.isOver = true;
  }

  private async withdraw(): Promise<void> {
    const { random, recorder, client, room } = this.options;
    if (this.latest.length === 0) return;
    const [seq = 0] = this.latest.splice(random.below(this.latest.length), 1);
    if (await this.isDone(this.room.delete(seq)))
      recorder.add({ client: client.name, room, type: 'withdrawn', seq });
  }

  private async changeMute(): Promise<void> {
    const { recorder, client, room, loud } = this.options;
    if (!this.isMuted) recorder.add({ client: client.name, room, type: 'mute', keys: loud.keys });
    const change = this.isMuted
      ? this.room.unmute(loud.id)
      : this.room.mute(loud.id, { seconds: MUTE_SECONDS });
    if (await this.isDone(change)) this.isMuted = !this.isMuted;
  }

  private async isDone(change: Promise<number>): Promise<boolean> {
    try {
      await change;
      return true;
    } catch (error) {
      // It may keep order here: that is no answer.
      const { recorder, client, room } = this.options;
      if (error instanceof HubbubError && error.code === 'forbidden')
        recorder.add({ client: client.name, room, type: 'error', text: error.message });
      return false;
    }
  }
}
