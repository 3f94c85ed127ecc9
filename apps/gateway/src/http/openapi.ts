import { z } from 'zod';
import { ERROR_CODES, ErrorData, SESSION_COOKIE, type ErrorCode } from '@hubbub/protocol';
import type { OpenAPIObject } from '@nestjs/swagger';
import { NAMED_SCHEMAS, OPERATIONS, type Operation } from './operations';

type JsonSchema = Record<string, unknown>;

/** Every request may meet these, besides those of its operation. */
const ALWAYS: readonly ErrorCode[] = ['rate_limited', 'internal', 'unavailable'];

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const ERROR_REF = { $ref: '#/components/schemas/Error' };

/** The schemas that are named once, by identity. */
const named = z.registry<{ id: string }>();
named.add(ErrorData, { id: 'Error' });
for (const [id, schema] of Object.entries(NAMED_SCHEMAS)) named.add(schema, { id });

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _version, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function replySchema(schema: z.ZodType): JsonSchema {
  const id = named.get(schema)?.id;
  return id ? { $ref: `#/components/schemas/${id}` } : toJsonSchema(schema, 'output');
}

function parameters(schema: z.ZodType, where: 'path' | 'query'): JsonSchema[] {
  const { properties = {}, required = [] } = toJsonSchema(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}

function errorResponses(operation: Operation): Record<string, JsonSchema> {
  const codes = new Set([...operation.errors, ...ALWAYS]);
  if (operation.method !== 'get') codes.add('forbidden');
  if (operation.body) codes.add('bad_frame').add('invalid');
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const status = ERROR_CODES[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  if (operation.body) byStatus.set(413, ['too_long']);
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      String(status),
      {
        description: list.join(', '),
        content: { [JSON_TYPE]: { schema: ERROR_REF } },
        ...((status === 429 || status === 503) && {
          headers: {
            'Retry-After': { description: 'seconds', schema: { type: 'integer', minimum: 1 } },
          },
        }),
      },
    ]),
  );
}

function requestBody(body: z.ZodType, takesForm: boolean): JsonSchema {
  const content = { schema: toJsonSchema(body, 'input') };
  return {
    required: true,
    content: { [JSON_TYPE]: content, ...(takesForm && { [FORM_TYPE]: content }) },
  };
}

function describeOperation(id: string, operation: Operation): JsonSchema {
  const { path, summary, params, query, body, status, reply, needsSession } = operation;
  return {
    operationId: id,
    summary,
    tags: [path.split('/')[2] ?? 'api'],
    parameters: [...parameters(params, 'path'), ...parameters(query, 'query')],
    ...(body && { requestBody: requestBody(body, operation.takesForm) }),
    responses: {
      [String(status)]: reply
        ? { description: 'done', content: { [JSON_TYPE]: { schema: replySchema(reply) } } }
        : { description: 'done' },
      ...errorResponses(operation),
    },
    // An empty requirement: it goes without a session too.
    security: [{ cookie: [] }, { bearer: [] }, ...(needsSession ? [] : [{}])],
  };
}

/** `/api/rooms/:slug` as OpenAPI writes it. */
export function toTemplate(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

/** The OpenAPI 3.1 document, made of the schemas that the requests are checked against. */
export function createDocument(): OpenAPIObject {
  const paths: Record<string, JsonSchema> = {};
  for (const [id, operation] of Object.entries(OPERATIONS) as [string, Operation][]) {
    const path = (paths[toTemplate(operation.path)] ??= {});
    path[operation.method] = describeOperation(id, operation);
  }
  const schemas = { Error: ErrorData, ...NAMED_SCHEMAS };
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Hubbub',
      version: '1',
      description: 'Rooms, sessions and messages over HTTP. What happens live comes over /ws.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([id, schema]) => [id, toJsonSchema(schema, 'output')]),
      ),
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  };
  return document as unknown as OpenAPIObject;
}
