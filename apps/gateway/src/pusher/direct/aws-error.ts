/**
 * Errors in the form of AWS's REST JSON protocol, which its SDKs make into exceptions of these names
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html).
 */
const STATUSES = {
  BadRequestException: 400,
  ForbiddenException: 403,
  GoneException: 410,
  PayloadTooLargeException: 413,
  LimitExceededException: 429,
  InternalServerErrorException: 500,
  ServiceUnavailableException: 503,
} as const;

export class AwsError extends Error {
  override readonly name = 'AwsError';

  constructor(
    readonly type: keyof typeof STATUSES,
    message: string,
  ) {
    super(message);
  }

  get status(): number {
    return STATUSES[this.type];
  }
}
