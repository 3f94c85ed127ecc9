import {
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import { Refusal } from '../refusal';
import type { InputOf, Operation } from './operations';

const METHODS = {
  get: RequestMethod.GET,
  post: RequestMethod.POST,
  put: RequestMethod.PUT,
  patch: RequestMethod.PATCH,
  delete: RequestMethod.DELETE,
} as const;

const OPERATION = 'hubbub:operation';

/** Registers a controller's method as the operation's route. */
export function Handles(operation: Operation): MethodDecorator {
  const { method, path, status } = operation;
  return applyDecorators(
    RequestMapping({ method: METHODS[method], path }),
    HttpCode(status),
    SetMetadata(OPERATION, operation),
  );
}

/** What `Handles` has said of the method that a request is for. */
export function operationOf(context: ExecutionContext): Operation {
  return Reflect.getMetadata(OPERATION, context.getHandler()) as Operation;
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.');
  throw new Refusal('invalid', issue?.message ?? 'the request is not valid', {
    ...(field && { field }),
  });
}

/** The one door: what comes in of a request is what the operation's schemas let through. */
function parseInput<O extends Operation>(
  operation: O,
  request: Pick<Request, 'params' | 'query' | 'body'>,
): InputOf<O> {
  if (operation.body && request.body === undefined) {
    throw new Refusal(
      'bad_frame',
      'a body of JSON is expected, with content-type application/json',
    );
  }
  return {
    params: parse(operation.params, request.params),
    query: parse(operation.query, request.query),
    body: operation.body ? parse(operation.body, request.body) : {},
  } as InputOf<O>;
}

/** The checked input of the operation. @throws {Refusal} `invalid` with the field, `bad_frame` without a body. */
export const Input = createParamDecorator((operation: Operation, context: ExecutionContext) =>
  parseInput(operation, context.switchToHttp().getRequest<Request>()),
);
