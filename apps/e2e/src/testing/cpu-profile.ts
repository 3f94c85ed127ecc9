import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** A CPU profile of V8, as far as it is read here: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export const Profile = z.looseObject({
  nodes: z.array(
    z.looseObject({
      id: z.int(),
      callFrame: z.looseObject({
        functionName: z.string(),
        url: z.string(),
        /** From 0, as the column is. */
        lineNumber: z.int(),
        columnNumber: z.int(),
      }),
    }),
  ),
  /** The node that ran at each sample. */
  samples: z.array(z.int()),
  /** In µs, before each sample. */
  timeDeltas: z.array(z.int()),
});
export type Profile = z.infer<typeof Profile>;
type CallFrame = Profile['nodes'][number]['callFrame'];

export interface HotFunction {
  name: string;
  /** File and line, of the source where there is a map beside what was built from it; empty for what is V8's own. */
  place: string;
  /** Of the time in which the process was not idle, with nothing that it calls. */
  selfShare: number;
}

/** The functions that took the most time, the most first. */
export function hottest(profile: Profile, count = 25): HotFunction[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const micros = new Map<string, { frame: CallFrame; self: number }>();
  let busy = 0;
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    // The clock may step back between two samples.
    const delta = Math.max(0, profile.timeDeltas[index] ?? 0);
    if (!frame || frame.functionName === '(idle)') continue;
    busy += delta;
    const key = `${frame.functionName} ${frame.url}:${String(frame.lineNumber)}:${String(frame.columnNumber)}`;
    const known = micros.get(key);
    if (known) known.self += delta;
    else micros.set(key, { frame, self: delta });
  }
  const maps = new Map<string, SourceMap | null>();
  return [...micros.values()]
    .sort((a, b) => b.self - a.self)
    .slice(0, count)
    .map(({ frame, self }) => ({
      name: frame.functionName || '(anonymous)',
      place: placeOf(frame, maps),
      selfShare: self / busy,
    }));
}

function placeOf(
  { url, lineNumber, columnNumber }: CallFrame,
  maps: Map<string, SourceMap | null>,
): string {
  if (!url.startsWith('file:')) return url === '' ? '' : `${url}:${String(lineNumber + 1)}`;
  if (!maps.has(url)) maps.set(url, mapOf(url));
  const entry = maps.get(url)?.findEntry(lineNumber, columnNumber);
  const [source, line] =
    entry && 'originalSource' in entry
      ? [new URL(entry.originalSource, url), entry.originalLine]
      : [new URL(url), lineNumber];
  return `${relative(process.cwd(), fileURLToPath(source))}:${String(line + 1)}`;
}

function mapOf(url: string): SourceMap | null {
  const file = `${fileURLToPath(url)}.map`;
  if (!existsSync(file)) return null;
  return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload);
}
