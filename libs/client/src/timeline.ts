import type { Author, DanmakuStyle, Entry } from '@hubbub/protocol';
import type { HubbubError } from './hubbub-error';
import type { Gap, OutgoingMessage, OutgoingStatus } from './types';

/** A message in the list. `id` is stable from the first moment that it is shown: its key where it was sent from here. */
export interface TimelineMessage {
  readonly type: 'message';
  readonly id: string;
  readonly seq: number;
  readonly at: number;
  readonly user: Author;
  /** Null where it was withdrawn. */
  readonly text: string | null;
  readonly danmaku?: DanmakuStyle;
  readonly replyTo?: number;
}

/** Whatever else happened and has a line of its own: all kinds but `message` and `delete`, unknown ones too. */
export interface TimelineEvent {
  readonly type: 'event';
  readonly id: string;
  readonly seq: number;
  readonly entry: Exclude<Entry, { kind: 'message' | 'delete' }>;
}

/** Entries that are not here and can be paged: `room.history({ after: from - 1 })`, given as a `page` action. */
export interface TimelineGap extends Gap {
  readonly type: 'gap';
  readonly id: string;
}

export type TimelineItem = TimelineMessage | TimelineEvent | TimelineGap;

/** An own message that is not in the log yet, as far as this timeline knows. */
export interface PendingMessage {
  readonly id: string;
  readonly text: string;
  readonly danmaku?: DanmakuStyle;
  readonly replyTo?: number;
  readonly createdAt: number;
  readonly status: OutgoingStatus;
  readonly error?: HubbubError;
  /** Once sent: its entry is about to come. */
  readonly seq?: number;
}

export interface Timeline {
  /** In ascending sequence; a gap stands where its first entry would. */
  readonly items: readonly TimelineItem[];
  /** In the order of sending; to be shown after the items. */
  readonly pending: readonly PendingMessage[];
  /** The message that is pinned. */
  readonly pinned: number | null;
  /** What the reducer remembers for itself. */
  readonly memory: TimelineMemory;
}

interface TimelineMemory {
  readonly cap: number;
  /** Items kept at the moment: the cap, or more once older ones were asked for. */
  readonly limit: number;
  /** Messages that were deleted: a page that was read before may come after. */
  readonly deleted: ReadonlySet<number>;
  /** Whose messages are cleared, up to which sequence; under null, everybody's. */
  readonly cleared: ReadonlyMap<string | null, number>;
  /** The entry that `pinned` is of. */
  readonly pinnedAt: number;
}

export interface TimelineOptions {
  /** Items kept; the oldest go first. */
  cap: number;
}

export type TimelineAction =
  /** From `room.on('entries')`. */
  | { readonly type: 'entries'; readonly entries: readonly Entry[] }
  /**
   * A page of `room.history`, older entries or those of a gap, which shrinks by them. Kept beyond the cap, until `trim`.
   */
  | { readonly type: 'page'; readonly entries: readonly Entry[] }
  /** From `room.on('gap')`. */
  | { readonly type: 'gap'; readonly gap: Gap }
  /** From `room.on('outbox')`. */
  | {
      readonly type: 'outbox';
      readonly outbox: readonly OutgoingMessage[];
      readonly changed?: OutgoingMessage;
    }
  /** The reader is at the newest again: down to the cap. */
  | { readonly type: 'trim' }
  /** From `room.on('reset')`. */
  | { readonly type: 'reset' };

/** Withdrawals that are remembered. */
const REMEMBERED = 1_000;
/** The gaps of a room that is thinned are one, until so many items stand after it: a storm is not half gaps. */
const GAP_REACH = 100;

export function createTimeline({ cap }: TimelineOptions): Timeline {
  const memory = { cap, limit: cap, deleted: new Set<number>(), cleared: new Map(), pinnedAt: 0 };
  return { items: [], pending: [], pinned: null, memory };
}

/** A pure function: the same list for the same actions, and the same object where nothing changed. */
export function reduceTimeline(state: Timeline, action: TimelineAction): Timeline {
  switch (action.type) {
    case 'entries':
      return trim(insert(state, action.entries, false));
    case 'page':
      return insert(state, action.entries, true);
    case 'gap':
      return trim(insertGap(state, action.gap));
    case 'outbox':
      return { ...state, pending: pendingOf(state, action.outbox, action.changed) };
    case 'trim':
      return trim({ ...state, memory: { ...state.memory, limit: state.memory.cap } });
    case 'reset':
      return {
        ...createTimeline(state.memory),
        pending: state.pending.filter(({ status }) => status !== 'sent'),
      };
  }
}

function insert(state: Timeline, entries: readonly Entry[], isPage: boolean): Timeline {
  const fresh = freshOf(state, entries);
  if (fresh.length === 0) return state;
  const memory = remember(state.memory, fresh);
  const keys = new Map(state.pending.map(({ seq, id }) => [seq, id]));
  const added = fresh.flatMap((entry) => itemOf(entry, keys.get(entry.seq)) ?? []);
  // The entries that the room gives out after a gap are not among those that the gap counts.
  const before = isPage ? shrinkGaps(state.items, fresh) : state.items;
  const items = inOrder([...before, ...added]);
  const arrived = new Set(fresh.map(({ seq }) => seq));
  const reached = isPage ? 0 : (fresh.at(-1)?.seq ?? 0);
  return {
    items: added.length > 0 || fresh.some(isWithdrawal) ? withdraw(items, memory) : items,
    pending: state.pending.filter(
      ({ seq }) => seq === undefined || (seq > reached && !arrived.has(seq)),
    ),
    pinned: pinnedOf(state, fresh, memory),
    memory: isPage ? { ...memory, limit: Math.max(memory.limit, items.length) } : memory,
  };
}

/** What is not here yet. A delete has no item; it is known by what it deleted. */
function freshOf({ items, memory }: Timeline, entries: readonly Entry[]): Entry[] {
  const known = new Set(items.map((item) => (item.type === 'gap' ? 0 : item.seq)));
  return entries.filter((entry) => {
    if (entry.kind === 'delete' && memory.deleted.has(entry.target)) return false;
    const isKnown = known.has(entry.seq);
    known.add(entry.seq);
    return !isKnown;
  });
}

const isWithdrawal = ({ kind }: Entry) => kind === 'delete' || kind === 'clear';

function itemOf(entry: Entry, key: string | undefined): TimelineItem | null {
  const id = key ?? String(entry.seq);
  if (entry.kind === 'delete') return null;
  if (entry.kind !== 'message') return { type: 'event', id, seq: entry.seq, entry };
  const { seq, at, user } = entry;
  if ('withdrawn' in entry) return { type: 'message', id, seq, at, user, text: null };
  const { text, danmaku, replyTo } = entry;
  return {
    type: 'message',
    id,
    seq,
    at,
    user,
    text,
    ...(danmaku && { danmaku }),
    ...(replyTo !== undefined && { replyTo }),
  };
}

function remember(memory: TimelineMemory, fresh: readonly Entry[]): TimelineMemory {
  if (!fresh.some(({ kind }) => kind === 'delete' || kind === 'clear' || kind === 'pin')) {
    return memory;
  }
  const deleted = new Set(memory.deleted);
  const cleared = new Map(memory.cleared);
  let { pinnedAt } = memory;
  for (const entry of fresh) {
    if (entry.kind === 'delete') deleted.add(entry.target);
    if (entry.kind === 'clear') {
      cleared.set(entry.user, Math.max(entry.seq, cleared.get(entry.user) ?? 0));
    }
    if (entry.kind === 'pin') pinnedAt = Math.max(pinnedAt, entry.seq);
  }
  for (const seq of deleted) if (deleted.size > REMEMBERED) deleted.delete(seq);
  for (const user of cleared.keys()) if (cleared.size > REMEMBERED) cleared.delete(user);
  return { ...memory, deleted, cleared, pinnedAt };
}

function withdraw(items: readonly TimelineItem[], memory: TimelineMemory): TimelineItem[] {
  const { deleted, cleared } = memory;
  const everybody = cleared.get(null) ?? 0;
  return items.map((item) => {
    if (item.type !== 'message' || item.text === null) return item;
    const clearedTo = Math.max(everybody, cleared.get(item.user.id) ?? 0);
    if (item.seq > clearedTo && !deleted.has(item.seq)) return item;
    const { type, id, seq, at, user } = item;
    return { type, id, seq, at, user, text: null };
  });
}

function pinnedOf(
  state: Timeline,
  fresh: readonly Entry[],
  { pinnedAt, deleted }: TimelineMemory,
): number | null {
  const pin = fresh.find((entry) => entry.kind === 'pin' && entry.seq === pinnedAt);
  const pinned = pin?.kind === 'pin' ? pin.target : state.pinned;
  return pinned !== null && deleted.has(pinned) ? null : pinned;
}

function shrinkGaps(items: readonly TimelineItem[], fresh: readonly Entry[]): TimelineItem[] {
  return items.flatMap((item) => {
    if (item.type !== 'gap') return item;
    const filled = fresh.filter(({ seq }) => seq >= item.from && seq <= item.to).length;
    if (filled === 0) return item;
    return filled < item.omitted ? { ...item, omitted: item.omitted - filled } : [];
  });
}

function insertGap(state: Timeline, gap: Gap): Timeline {
  const { from, to } = gap;
  const id = `gap-${String(from)}`;
  if (state.items.some((item) => item.id === id)) return state;
  const { items, pending } = state;
  // Own messages are never thinned: theirs are among the entries that follow.
  if (gap.thinned) return { ...state, items: joinGap(items, gap) };
  return {
    ...state,
    items: inOrder([...items, { type: 'gap', id, ...gap }]),
    // The gap stands for it now.
    pending: pending.filter(({ seq }) => seq === undefined || seq < from || seq > to),
  };
}

function joinGap(items: readonly TimelineItem[], gap: Gap): TimelineItem[] {
  const index = items.findLastIndex(({ type }) => type === 'gap');
  const before = items[index];
  const isNear = index >= items.length - GAP_REACH;
  if (before?.type !== 'gap' || !before.thinned || !isNear || gap.from <= before.to) {
    return inOrder([...items, { type: 'gap', id: `gap-${String(gap.from)}`, ...gap }]);
  }
  return items.with(index, {
    ...before,
    to: gap.to,
    omitted: before.omitted + gap.omitted,
  });
}

/** A gap comes before the entry of the same number. */
const placeOf = (item: TimelineItem) => (item.type === 'gap' ? item.from - 0.5 : item.seq);

function inOrder(items: TimelineItem[]): TimelineItem[] {
  return items.sort((a, b) => placeOf(a) - placeOf(b));
}

function trim(state: Timeline): Timeline {
  const { items, memory } = state;
  return items.length > memory.limit ? { ...state, items: items.slice(-memory.limit) } : state;
}

/** A sent message stays until its entry is here; where the log is past it already, it has been here, or a gap stands for it. */
function pendingOf(
  { items, pending }: Timeline,
  outbox: readonly OutgoingMessage[],
  changed: OutgoingMessage | undefined,
): PendingMessage[] {
  const sent = pending.filter(({ status }) => status === 'sent');
  const last = items.at(-1);
  const reached = last?.type === 'gap' ? last.to : (last?.seq ?? 0);
  const isToCome = changed?.seq !== undefined && changed.seq > reached;
  return [...sent, ...[...(isToCome ? [changed] : []), ...outbox].map(snapshot)];
}

function snapshot(message: OutgoingMessage): PendingMessage {
  const { key, text, danmaku, replyTo, createdAt, status, error, seq } = message;
  return {
    id: key,
    text,
    createdAt,
    status,
    ...(danmaku && { danmaku }),
    ...(replyTo !== undefined && { replyTo }),
    ...(error && { error }),
    ...(seq !== undefined && { seq }),
  };
}
