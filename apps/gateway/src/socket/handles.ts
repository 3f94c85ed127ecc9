import { applyDecorators } from '@nestjs/common';
import { SubscribeMessage } from '@nestjs/websockets';
import { PARAM_ARGS_METADATA } from '@nestjs/websockets/internal';
import type { RequestEvent } from '@hubbub/protocol';

/**
 * Answers requests of this event, given what Nest gives a handler (the door, and the request) by their places. Without a word of its
 * parameters Nest takes three, and makes promises for each of them at each request.
 */
export function Handles(event: RequestEvent): MethodDecorator {
  return applyDecorators(SubscribeMessage(event), (target: object, method: string | symbol) => {
    Reflect.defineMetadata(PARAM_ARGS_METADATA, {}, target.constructor, method);
  });
}
