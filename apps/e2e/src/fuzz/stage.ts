import { z } from 'zod';
import { Api, type Person } from '../testing/api';
import type { Cluster } from '../testing/cluster';
import type { Random } from '../testing/random';
import type { Hints, JsonSchema } from './inputs/from-schema';

const Operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(
    z.looseObject({ name: z.string(), in: z.enum(['path', 'query']), schema: z.unknown() }),
  ),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) })
    .optional(),
});
const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

/** A route of the REST interface, as the gateway's own document says it. */
export interface RestOperation {
  id: string;
  method: string;
  /** With its parameters in braces. */
  path: string;
  parameters: { name: string; in: 'path' | 'query'; schema: JsonSchema }[];
  body: JsonSchema | null;
  takesForm: boolean;
}

/** What is sent to, and by whom: people of every role, and rooms of theirs. */
export interface Stage {
  cluster: Cluster;
  /** Each gateway, and Nginx where it can answer everything. */
  doors: string[];
  owner: Person;
  /** Of every role; null: nobody. */
  tokens: (string | null)[];
  /** Who may be muted and given roles: not the owner, who has to be able to speak afterwards. */
  others: Person[];
  /** First those that anybody may read, then as many for their members alone. */
  rooms: string[];
  operations: RestOperation[];
}

const ROOMS_OF_A_KIND = 4;

/** @param hasWeb whether Nginx has somebody for what no gateway serves. */
export async function setStage(cluster: Cluster, hasWeb: boolean): Promise<Stage> {
  const api = new Api(cluster.url, cluster.adminToken);
  const people = [
    await api.account(),
    await api.account(),
    await api.bot(),
    await api.guest(),
  ] as const;
  const [owner] = people;
  return {
    cluster,
    doors: hasWeb ? [...cluster.gateways, cluster.url] : cluster.gateways,
    owner,
    tokens: [...people.map(({ token }) => token), cluster.adminToken, null],
    others: people.slice(1),
    rooms: await makeRooms(api, owner),
    operations: operationsOf(await api.must('GET', '/api/docs-json')),
  };
}

/** Some of each kind: where all are muted in one room, everybody waits for everybody. */
async function makeRooms(api: Api, owner: Person): Promise<string[]> {
  const rooms: string[] = [];
  while (rooms.length < ROOMS_OF_A_KIND) rooms.push(await api.room(owner));
  while (rooms.length < 2 * ROOMS_OF_A_KIND)
    rooms.push(await api.room(owner, { visibility: 'private' }));
  return rooms;
}

function operationsOf(document: unknown): RestOperation[] {
  return Object.entries(Document.parse(document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody }]) => {
      const content = requestBody?.content ?? {};
      return {
        id: operationId,
        method: method.toUpperCase(),
        path,
        parameters: parameters.map((it) => ({ ...it, schema: it.schema as JsonSchema })),
        body: content['application/json']?.schema ?? null,
        takesForm: 'application/x-www-form-urlencoded' in content,
      };
    }),
  );
}

/** What fields mean: rooms and people that there are, mostly, so that requests reach what is behind the checks. */
export function hintsOf(stage: Stage, random: Random, rooms: readonly string[]): Hints {
  return (name) => {
    switch (name) {
      case 'room':
      case 'slug':
        return random.one(rooms);
      case 'user':
        return random.one(stage.others).id;
      case 'key':
        return `key-${String(random.below(1e9))}`;
      case 'text':
        return random.text(1 + random.below(230));
      case 'seq':
      case 'before':
      case 'after':
      case 'replyTo':
        return 1 + random.below(500);
      case 'handle':
        return `f_${String(random.below(1e9))}`;
      case 'channel_name':
        return `presence-room.${random.one(rooms)}`;
      case 'socket_id':
        return `${String(random.below(1e9))}.${String(random.below(1e9))}`;
      case 'role':
        return random.one(['user', 'member', 'moderator']);
      case 'id':
        return 'app-id';
      default:
        return undefined;
    }
  };
}
