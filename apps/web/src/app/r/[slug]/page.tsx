import type { Entry, RoomSummary } from '@hubbub/protocol';
import { LIMITS } from '@hubbub/protocol/tables';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { ApiError } from '../../../api/api-error';
import { serverApi } from '../../../api/server';
import { RoomAway } from '../../../room/room-away';
import { RoomPage } from '../../../room/room-page';

interface Props {
  params: Promise<{ slug: string }>;
}

/** The room as the visitor may see it, once per request; what went wrong where it could not be asked for. */
const loadRoom = cache(async (slug: string): Promise<RoomSummary | ApiError> => {
  try {
    return await (await serverApi()).room(slug);
  } catch (thrown) {
    return ApiError.from(thrown);
  }
});

async function loadEntries(slug: string): Promise<Entry[]> {
  try {
    return (await (await serverApi()).entries(slug, { limit: LIMITS.joinFirst })).entries;
  } catch {
    // The socket brings them.
    return [];
  }
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const room = await loadRoom(slugOf(await params));
  return room instanceof ApiError ? {} : { title: room.title };
}

export default async function Page({ params }: Props) {
  const slug = slugOf(await params);
  const [room, entries] = await Promise.all([loadRoom(slug), loadEntries(slug)]);
  if (room instanceof ApiError) {
    // A private room of others is answered like one that is not there.
    if (room.code === 'not_found' || room.code === 'invalid') notFound();
    return (
      <RoomAway reason={room.code === 'forbidden' || room.code === 'banned' ? room.code : 'away'} />
    );
  }
  return <RoomPage key={slug} room={room} entries={entries} />;
}

/** Next gives it as it stands in the address. */
function slugOf({ slug }: { slug: string }): string {
  try {
    return decodeURIComponent(slug);
  } catch {
    return slug;
  }
}
