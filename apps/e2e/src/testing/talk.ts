import type { Bed } from './bed';
import { newKey, type RawClient } from './raw-client';

/** What the gateway acknowledged. */
export interface Acknowledged {
  key: string;
  text: string;
  seq: number;
}

/** Sends `count` messages, each after the `ok` of the one before. `said` grows as they are acknowledged. */
export async function talk(
  client: RawClient,
  room: string,
  { count, name }: { count: number; name: string },
  said: Acknowledged[] = [],
): Promise<Acknowledged[]> {
  for (let i = 0; i < count; i++) {
    const message = { key: newKey(), text: `${name} ${String(i)}` };
    const { seq } = await client.ok('send', { room, ...message });
    said.push({ ...message, seq });
  }
  return said;
}

/** Fills a room up to `count` more entries, as fast as it takes them. The last sequence. */
export async function fill(bed: Bed, room: string, count: number): Promise<number> {
  const { token } = await bed.api.bot();
  const client = await bed.open(0, { token });
  await client.ok('join', { room });
  const sent = await Promise.all(
    Array.from({ length: count }, (_, i) => client.say(room, `filled ${String(i)}`)),
  );
  client.drop();
  return Math.max(...sent.map(({ seq }) => seq));
}
