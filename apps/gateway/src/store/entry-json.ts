/** An entry as a room's log gives it out. */
export interface StoredEntry {
  seq: number;
  /** Unix ms. */
  at: number;
  kind: string;
  /** The whole entry, in its withdrawn form where it is withdrawn. */
  json: string;
  withdrawn: boolean;
}

/** A row of `room_entries`, as far as reading needs it. */
export interface EntryRow {
  seq: number;
  at: number;
  kind: string;
  body: string;
  withdrawn: number | boolean;
}

/** The body as it is kept: `kind` first, so that an entry's kind can be told without parsing it. */
export function encodeBody(kind: string, fields: Record<string, unknown>): string {
  return JSON.stringify({ kind, ...fields });
}

/** `{"seq":1,"at":2,"kind":…`: the body is given out as it was kept, and never encoded again. */
export function entryJson(seq: number, at: number, body: string): string {
  return `{"seq":${String(seq)},"at":${String(at)},${body.slice(1)}`;
}

/** What is left of a message that was withdrawn (P13). Other kinds stay as they are. */
export function withdrawnForm(json: string): string {
  const entry = JSON.parse(json) as Record<'seq' | 'at' | 'kind' | 'user', unknown>;
  if (entry.kind !== 'message') return json;
  const { seq, at, kind, user } = entry;
  return JSON.stringify({ seq, at, kind, user, withdrawn: true });
}

export function toStored(row: EntryRow): StoredEntry {
  const { seq, at } = row;
  const withdrawn = Boolean(row.withdrawn);
  const json = entryJson(seq, at, row.body);
  return { seq, at, kind: row.kind, json: withdrawn ? withdrawnForm(json) : json, withdrawn };
}
