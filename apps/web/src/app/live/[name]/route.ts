import { HOUSE_LOOP, livePlaylist } from '../live-playlist';

export const dynamic = 'force-dynamic';

/** `/live/house.m3u8`; its segments beside it are static files of public/live. */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ name: string }> },
): Promise<Response> {
  const { name } = await params;
  if (name !== 'house.m3u8') return new Response('not found', { status: 404 });
  return new Response(livePlaylist(HOUSE_LOOP, Date.now()), {
    headers: { 'content-type': 'application/vnd.apple.mpegurl', 'cache-control': 'no-store' },
  });
}
