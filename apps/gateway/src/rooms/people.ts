import { In } from 'typeorm';
import type { Database } from '../store/database';
import { UserEntity } from '../store/entities/user.entity';

/** Somebody as others see them in a list. */
export interface Person {
  id: string;
  name: string;
}

/** The users of these ids, by id; who there is not is left out, and so is null. */
export async function readPeople(
  database: Database,
  ids: readonly (string | null)[],
): Promise<Map<string, Person>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  if (wanted.length === 0) return new Map();
  const users = await database.repository(UserEntity).find({
    select: { id: true, name: true },
    where: { id: In(wanted) },
  });
  return new Map(users.map(({ id, name }) => [id, { id, name }]));
}
