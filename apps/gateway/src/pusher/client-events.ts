import type { PusherApp } from './app';
import { kindOf } from './channel-name';
import type { Channels } from './channels';
import { ERRORS, type Fault } from './protocol';
import type { Subscriptions } from './subscriptions';
import type { WebhookSink } from './webhook-event';

const WINDOW_MS = 1_000;

interface Sender {
  readonly app: PusherApp;
  readonly socketId: string;
  sendError(fault: Fault, channel?: string): void;
}

export interface ClientEventsOptions {
  channels: Channels;
  subscriptions: Subscriptions;
  webhooks: WebhookSink;
}

/** The events that one client sends to the other subscribers of a channel. */
export class ClientEvents {
  #windowStartedAt = -Infinity;
  #inWindow = 0;

  constructor(
    private readonly sender: Sender,
    private readonly options: ClientEventsOptions,
  ) {}

  take({ name, channel, data }: { name: string; channel: string; data: unknown }): void {
    const fault = this.#faultOf(name, data);
    if (fault) {
      this.sender.sendError(fault, channel);
      return;
    }
    const { isPrivate, isEncrypted } = kindOf(channel);
    const subscription = this.options.subscriptions.find(channel);
    if (!subscription || !isPrivate || isEncrypted) {
      this.sender.sendError(ERRORS.clientEventNotHere, channel);
      return;
    }
    if (this.#isTooFast()) {
      this.sender.sendError(ERRORS.clientEventsTooFast, channel);
      return;
    }
    if (subscription.backed?.clientEvent(name, data)) return;
    const { app, socketId } = this.sender;
    const userId = subscription.member?.id;
    const event = { channel, name, data, exceptSocketId: socketId, userId };
    void this.options.channels.publishOfClient(app, event);
    this.options.webhooks.record(app, {
      name: 'client_event',
      channel,
      event: name,
      data,
      socket_id: socketId,
      ...(userId !== undefined && { user_id: userId }),
    });
  }

  #faultOf(name: string, data: unknown): Fault | null {
    const { enableClientMessages, maxEventNameLength, maxEventPayloadInKb } = this.sender.app;
    if (!enableClientMessages) return ERRORS.clientEventsOff;
    if (name.length > maxEventNameLength) return ERRORS.clientEventNameTooLong(maxEventNameLength);
    const text = typeof data === 'string' ? data : JSON.stringify(data ?? null);
    if (Buffer.byteLength(text) > maxEventPayloadInKb * 1024) {
      return ERRORS.clientEventTooLarge(maxEventPayloadInKb);
    }
    return null;
  }

  #isTooFast(): boolean {
    const max = this.sender.app.maxClientEventsPerSecond;
    if (max < 0) return false;
    const now = performance.now();
    if (now - this.#windowStartedAt >= WINDOW_MS) {
      this.#windowStartedAt = now;
      this.#inWindow = 0;
    }
    return ++this.#inWindow > max;
  }
}
