import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import type { AwsError } from './aws-error';

export function answer(response: Response, status: number, body?: object): void {
  response.status(status).setHeader('x-amzn-RequestId', randomUUID());
  response.setHeader('Cache-Control', 'no-store');
  if (body) response.json(body);
  else response.end();
}

export function answerError(response: Response, { type, status, message }: AwsError): void {
  response.setHeader('x-amzn-ErrorType', type);
  if (type === 'ServiceUnavailableException') response.setHeader('Retry-After', '1');
  answer(response, status, { message });
}
