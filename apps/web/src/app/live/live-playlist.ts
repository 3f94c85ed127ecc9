/** A recorded loop that is given out as if it were live. */
export interface Loop {
  segments: number;
  segmentMs: number;
  /** Where segment 0 of the first round began, in Unix milliseconds. */
  epochMs: number;
  initUri: string;
  uriOf: (segment: number) => string;
}

const WINDOW_SEGMENTS = 8;

/** The house's own picture: 15 segments of 2 s, kept in public/live and made by media/make-loop.mjs. */
export const HOUSE_LOOP: Loop = {
  segments: 15,
  segmentMs: 2000,
  epochMs: Date.UTC(2026, 0, 1),
  initUri: 'init.mp4',
  uriOf: (segment) => `${String(segment).padStart(2, '0')}.m4s`,
};

/**
 * The HLS media playlist (RFC 8216) at `nowMs`: the latest segments that have ended by then. The clock alone decides, so
 * every server and every request agree on what number a segment has.
 */
export function livePlaylist(loop: Loop, nowMs: number): string {
  const ended = Math.max(1, Math.floor((nowMs - loop.epochMs) / loop.segmentMs));
  const first = Math.max(0, ended - WINDOW_SEGMENTS);
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.ceil(loop.segmentMs / 1000).toString()}`,
    `#EXT-X-MEDIA-SEQUENCE:${first.toString()}`,
    // How many discontinuities are no longer in the list. A player that is given another number waits for ever.
    `#EXT-X-DISCONTINUITY-SEQUENCE:${Math.ceil(first / loop.segments).toString()}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  for (let number = first; number < ended; number += 1) {
    const segment = number % loop.segments;
    if (segment === 0) lines.push('#EXT-X-DISCONTINUITY');
    if (segment === 0 || number === first) lines.push(`#EXT-X-MAP:URI="${loop.initUri}"`);
    const startMs = loop.epochMs + number * loop.segmentMs;
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs).toISOString()}`,
      `#EXTINF:${(loop.segmentMs / 1000).toFixed(3)},`,
      loop.uriOf(segment),
    );
  }
  return `${lines.join('\n')}\n`;
}
