import { z } from 'zod';
import { indexIn } from '../workload';
import type { Content, Opening, Reply, SenderDialect, ViewerDialect } from './dialect';

const Log = z.object({
  data: z.object({
    from: z.int(),
    to: z.int(),
    entries: z.array(z.object({ kind: z.string(), text: z.string().optional() })),
    omitted: z.int().default(0),
  }),
});
const Refused = z.object({ id: z.int(), data: z.object({ code: z.string() }) });

/** In the answer to a join, which may have many entries that nobody wants here. */
const HEAD = /"head":(\d+)/;

/** A key is its sender's for ever: each run has its own. */
const RUN = Date.now().toString(36);

const OK = '{"event":"ok","id":';
const ERROR = '{"event":"error","id":';
/** Where the two differ. */
const KIND_AT = OK.indexOf('ok');
const [KIND_OK, KIND_ERROR] = [0x6f, 0x65];
const [DIGIT_0, DIGIT_9] = [0x30, 0x39];

/** Waits for the welcome, and joins; what else is said meanwhile is passed over. */
function* join(room: string, id: number): Opening<string> {
  let said = yield JSON.stringify({ event: 'join', id, data: { room } });
  while (!said.startsWith(`${OK}${String(id)},`)) {
    if (said.startsWith(ERROR)) throw new Error(said);
    said = yield null;
  }
  return said;
}

/** `hubbub.v1`: a viewer gets frames with any number of a log's entries in them. */
export const roomViewer: ViewerDialect = {
  path: () => '/ws',
  *join(room) {
    yield null;
    return Number(HEAD.exec(yield* join(room, 1))?.[1]);
  },
  kindOf: null,
  read: readLog,
  pong: null,
  keepalive: null,
};

export const roomSender: SenderDialect = {
  path: (token) => `/ws?token=${token ?? ''}`,
  *enter(rooms) {
    yield null;
    for (const [i, room] of rooms.entries()) yield* join(room, -1 - i);
    return null;
  },
  encode: ({ room, index, text, danmaku }, id) =>
    `{"event":"send","id":${String(id)},"data":{"room":"${room}","key":"${RUN}-${index.toString(36)}","text":"${text}","danmaku":${danmaku}}}`,
  replyIn,
  pong: null,
};

function readLog(text: string): Content | null {
  if (!text.startsWith('{"event":"log"')) return null;
  const { from, to, entries, omitted } = Log.parse(JSON.parse(text)).data;
  const indexes = entries
    .filter(({ kind }) => kind === 'message')
    .map((entry) => indexIn(entry.text ?? ''))
    .filter((index) => !isNaN(index));
  if (entries.length + omitted !== to - from + 1) {
    throw new Error(`a range of ${String(to - from + 1)} has ${String(entries.length)} entries`);
  }
  return { indexes, omitted, range: { from, to } };
}

/** By the first bytes: a sender gets all that its room does, and hears its answers among it. */
function replyIn(payload: Buffer): Reply | null {
  const kind = payload[KIND_AT];
  if (kind === KIND_ERROR) {
    const said = Refused.safeParse(JSON.parse(payload.toString()));
    return said.success ? { id: said.data.id, refusal: said.data.data.code } : null;
  }
  if (kind !== KIND_OK) return null;
  let id = 0;
  for (let at = OK.length; ; at++) {
    const digit = payload[at] ?? 0;
    if (digit < DIGIT_0 || digit > DIGIT_9) return { id, refusal: null };
    id = id * 10 + digit - DIGIT_0;
  }
}
