import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HOUSE_LOOP, livePlaylist, type Loop } from './live-playlist';

const EPOCH = Date.UTC(2026, 0, 1);
const loop: Loop = { ...HOUSE_LOOP, epochMs: EPOCH };

interface Parsed {
  mediaSequence: number;
  discontinuitySequence: number;
  segments: {
    number: number;
    uri: string;
    startMs: number;
    discontinuities: number;
    map: boolean;
  }[];
}

function parse(text: string): Parsed {
  const value = (name: string): string =>
    new RegExp(`^#${name}:(.*)$`, 'm').exec(text)?.[1] ?? `no ${name}`;
  const mediaSequence = Number(value('EXT-X-MEDIA-SEQUENCE'));
  const discontinuitySequence = Number(value('EXT-X-DISCONTINUITY-SEQUENCE'));
  const segments: Parsed['segments'] = [];
  let discontinuities = discontinuitySequence;
  let startMs = NaN;
  let map = false;
  for (const line of text.split('\n')) {
    if (line === '#EXT-X-DISCONTINUITY') discontinuities += 1;
    else if (line.startsWith('#EXT-X-MAP:')) map = true;
    else if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:'))
      startMs = Date.parse(line.slice('#EXT-X-PROGRAM-DATE-TIME:'.length));
    else if (line !== '' && !line.startsWith('#')) {
      const number = mediaSequence + segments.length;
      segments.push({ number, uri: line, startMs, discontinuities, map });
      map = false;
    }
  }
  return { mediaSequence, discontinuitySequence, segments };
}

const at = (ms: number): Parsed => parse(livePlaylist(loop, EPOCH + ms));

describe('the live playlist of a loop', () => {
  it('ends with the latest segment that is over, and slides by one each segment', () => {
    const before = at(100_000 + 1999);
    const after = at(100_000 + 2000);
    expect(before.segments.at(-1)?.number).toBe(49);
    expect(after.segments.at(-1)?.number).toBe(50);
    expect(after.mediaSequence).toBe(before.mediaSequence + 1);
    expect(after.segments).toHaveLength(8);
  });

  it('dates each segment by the clock', () => {
    for (const { number, startMs } of at(3_600_000).segments) {
      expect(startMs).toBe(EPOCH + number * 2000);
    }
  });

  it('counts the discontinuities that have left the list as ceil(first / N)', () => {
    for (let round = 0; round < 40; round += 1) {
      const list = at(200_000 + round * 2000);
      expect(list.discontinuitySequence).toBe(Math.ceil(list.mediaSequence / 15));
    }
  });

  it('gives a segment the same discontinuity number in every list that it is in', () => {
    const numbers = new Map<number, number>();
    for (let round = 0; round < 60; round += 1) {
      for (const { number, discontinuities } of at(200_000 + round * 2000).segments) {
        expect(numbers.get(number) ?? discontinuities).toBe(discontinuities);
        numbers.set(number, discontinuities);
      }
    }
  });

  it('wraps around with a discontinuity and a map before the first segment of a round', () => {
    const list = at(32 * 2000);
    const joint = list.segments.find(({ number }) => number === 30);
    expect(joint).toMatchObject({ uri: '00.m4s', map: true });
    const last = list.segments.find(({ number }) => number === 29);
    expect(last).toMatchObject({ uri: '14.m4s', map: false });
    expect(joint?.discontinuities).toBe((last?.discontinuities ?? NaN) + 1);
    expect(list.segments[0]?.map).toBe(true);
  });

  it('has something to play from the very beginning', () => {
    expect(at(-5000).segments).toHaveLength(1);
    expect(at(2000)).toMatchObject({ mediaSequence: 0, discontinuitySequence: 0 });
  });

  it('names files that exist and play for as long as it says', () => {
    const folder = join(__dirname, '../../../public/live');
    expect(existsSync(join(folder, HOUSE_LOOP.initUri))).toBe(true);
    const recorded = readFileSync(join(__dirname, '../../../media/loop.m3u8'), 'utf8');
    const durations = [...recorded.matchAll(/^#EXTINF:([\d.]+)/gm)].map((m) => Number(m[1]));
    expect(durations).toEqual(Array<number>(HOUSE_LOOP.segments).fill(HOUSE_LOOP.segmentMs / 1000));
    for (let segment = 0; segment < HOUSE_LOOP.segments; segment += 1) {
      expect(statSync(join(folder, HOUSE_LOOP.uriOf(segment))).size).toBeGreaterThan(1000);
    }
  });
});
