import type { ServerResponse } from 'node:http';
import type { ApiError } from './api-error';

/** What every answer in JSON says. */
export function replyJson(response: ServerResponse, status: number, json: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(json);
}

export function replyError(response: ServerResponse, error: ApiError): void {
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  replyJson(response, error.status, JSON.stringify({ error: error.message, code: error.status }));
}

export function replyText(response: ServerResponse, text: string): void {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(text);
}
