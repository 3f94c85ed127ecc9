import WebSocket from 'ws';
import { PUSHER_APP } from '../../testing/pusher-pages';
import { sign } from '../../testing/pusher-socket';
import { socketUrl } from '../../testing/raw-client';
import type { Recorder } from './recorder';

const AGAIN_MS = 300;

export interface PasserByOptions {
  name: string;
  user: string;
  url: string;
  /** A presence channel. */
  channel: string;
  recorder: Recorder;
}

/** A member of a presence channel, by the bare protocol, who goes without a word and comes again. */
export class PasserBy {
  isIn = false;
  private socket: WebSocket | null = null;
  private isOver = false;

  constructor(private readonly options: PasserByOptions) {
    this.come();
  }

  get user(): string {
    return this.options.user;
  }

  /** Its socket is gone without a close frame. It comes again. */
  vanish(): void {
    this.socket?.terminate();
  }

  /** For good, without a close frame. */
  close(): void {
    this.isOver = true;
    this.went();
    this.socket?.terminate();
  }

  private come(): void {
    const { url, channel, user, recorder, name } = this.options;
    const socket = new WebSocket(socketUrl(url, `/app/${PUSHER_APP.key}?protocol=7`));
    this.socket = socket;
    const say = (event: string, data: object) => {
      socket.send(JSON.stringify({ event, data }));
    };
    socket.on('message', (bytes: Buffer) => {
      const { event, data } = JSON.parse(bytes.toString()) as { event: string; data?: string };
      if (event === 'pusher:connection_established') {
        const { socket_id: id } = JSON.parse(data ?? '') as { socket_id: string };
        const member = JSON.stringify({ user_id: user });
        const auth = `${PUSHER_APP.key}:${sign(`${id}:${channel}:${member}`)}`;
        say('pusher:subscribe', { channel, auth, channel_data: member });
      } else if (event === 'pusher:ping') {
        say('pusher:pong', {});
      } else if (event === 'pusher_internal:subscription_succeeded') {
        this.isIn = true;
        recorder.add({ client: name, room: channel, type: 'state', state: 'joined' });
      } else if (event === 'pusher:subscription_error') {
        socket.terminate();
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.went();
      if (this.isOver) return;
      setTimeout(() => {
        if (!this.isOver) this.come();
      }, AGAIN_MS).unref();
    });
  }

  private went(): void {
    if (!this.isIn) return;
    this.isIn = false;
    const { channel, recorder, name } = this.options;
    recorder.add({ client: name, room: channel, type: 'state', state: 'away' });
  }
}
