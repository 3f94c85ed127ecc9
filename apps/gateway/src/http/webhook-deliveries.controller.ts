import { Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import type { WebhookDelivery, WebhookDeliveryListReply } from '@hubbub/protocol';
import { WebhookDeliveries } from '../pusher/webhooks/webhook-deliveries';
import { ApiGuard } from './api.guard';
import { assertAdmin, From, type Caller } from './caller';
import { DeadlineInterceptor } from './deadline.interceptor';
import { Handles, Input } from './operation.decorator';
import { OPERATIONS, type InputOf } from './operations';

/** What webhooks were sent, and sending it again. */
@Controller()
@UseGuards(ApiGuard)
@UseInterceptors(DeadlineInterceptor)
export class WebhookDeliveriesController {
  readonly #deliveries: WebhookDeliveries;

  constructor(deliveries: WebhookDeliveries) {
    this.#deliveries = deliveries;
  }

  @Handles(OPERATIONS.webhookDeliveries)
  list(
    @From() caller: Caller,
    @Input(OPERATIONS.webhookDeliveries)
    { params, query }: InputOf<typeof OPERATIONS.webhookDeliveries>,
  ): Promise<WebhookDeliveryListReply> {
    assertAdmin(caller);
    return this.#deliveries.list(params.id, query);
  }

  @Handles(OPERATIONS.retryWebhookDelivery)
  retry(
    @From() caller: Caller,
    @Input(OPERATIONS.retryWebhookDelivery)
    { params }: InputOf<typeof OPERATIONS.retryWebhookDelivery>,
  ): Promise<WebhookDelivery> {
    assertAdmin(caller);
    return this.#deliveries.retry(params.id, params.delivery);
  }
}
