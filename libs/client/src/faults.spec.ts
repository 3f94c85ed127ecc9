import * as fc from 'fast-check';
import type { LogFrame, PeerConnection, ScriptedPeer, Verdict } from './testing/scripted-peer';
import { Seen, Stage, numbers, until } from './testing/stage';
import type { OutgoingMessage } from './types';

/** What becomes of log frames. */
const DISTORTIONS = ['clean', 'lose', 'repeat', 'reorder', 'thin'] as const;
/** What becomes of requests. */
const JUDGEMENTS = [
  'clean',
  'lose replies',
  'lose requests',
  'repeat replies',
  'refuse',
  'cut',
] as const;

type Step =
  | { do: 'append'; count: number }
  | { do: 'send' }
  | { do: 'cut' }
  | { do: 'wait'; ms: number }
  | { do: 'distort'; how: (typeof DISTORTIONS)[number] }
  | { do: 'judge'; how: (typeof JUDGEMENTS)[number] };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append'), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('append'), count: fc.integer({ min: 400, max: 700 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('send') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut') }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 0, max: 15 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('distort'), how: fc.constantFrom(...DISTORTIONS) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('judge'), how: fc.constantFrom(...JUDGEMENTS) }),
  },
);

function thin({ event, data }: LogFrame): LogFrame {
  const entries = data.entries.filter(({ seq }) => seq % 5 < 3);
  const omitted = data.entries.length - entries.length;
  return { event, data: { ...data, entries, ...(omitted > 0 && { omitted }) } };
}

/** Distorts the frames of each connection; `clean` gives out what `reorder` kept back. */
function distortion(how: () => (typeof DISTORTIONS)[number]) {
  const kept = new WeakMap<PeerConnection, LogFrame[]>();
  return (frame: LogFrame, connection: PeerConnection): LogFrame[] => {
    const frames = [...(kept.get(connection) ?? []), frame];
    kept.delete(connection);
    switch (how()) {
      case 'clean':
        return frames;
      case 'lose':
        return frames.slice(0, -1);
      case 'repeat':
        return [...frames, ...frames];
      case 'thin':
        return frames.map(thin);
      case 'reorder':
        if (frames.length >= 3) return frames.reverse();
        kept.set(connection, frames);
        return [];
    }
  };
}

const VERDICTS: Record<(typeof JUDGEMENTS)[number], Verdict> = {
  clean: 'answer',
  'lose replies': 'silence',
  'lose requests': 'drop',
  'repeat replies': 'twice',
  refuse: { code: 'unavailable', retryAfterMs: 3 },
  cut: 'silence',
};

async function play(stage: Stage, steps: Step[]): Promise<void> {
  const { peer } = stage;
  const log = peer.room('stage');
  let judgement: (typeof JUDGEMENTS)[number] = 'clean';
  let distorted: (typeof DISTORTIONS)[number] = 'clean';
  peer.distort = distortion(() => distorted);
  peer.judge = (_, { socket }) => {
    if (judgement === 'cut') socket.terminate();
    return VERDICTS[judgement];
  };
  const client = stage.client({ requestTimeoutMs: 30 });
  const room = client.join('stage', { after: 0 });
  const seen = new Seen(room);
  client.connect();
  const sent: OutgoingMessage[] = [];
  for (const current of steps) {
    if (current.do === 'append') log.append(current.count);
    if (current.do === 'send') sent.push(room.send({ text: String(sent.length) }));
    if (current.do === 'cut') peer.cut();
    if (current.do === 'distort') distorted = current.how;
    if (current.do === 'judge') judgement = current.how;
    if (current.do === 'wait') await new Promise((resolve) => setTimeout(resolve, current.ms));
  }
  distorted = 'clean';
  judgement = 'clean';
  await Promise.all(sent.map(({ done }) => done));
  // What was lost on the way is missed at the next frame at the latest.
  await until(() => room.state.status === 'joined', 'joined in the end');
  log.append();
  await until(() => room.cursor === log.head, 'everything given out');
  checkEntries(seen, log.head);
  checkSends(peer, sent);
}

function checkEntries({ seqs, gaps }: Seen, head: number): void {
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  expect(seqs.length + gaps.reduce((n, { omitted }) => n + omitted, 0)).toBe(head);
  const given = new Set(seqs);
  const silent = numbers(1, head).filter(
    (seq) => !given.has(seq) && !gaps.some(({ from, to }) => from <= seq && seq <= to),
  );
  expect(silent).toEqual([]);
}

function checkSends(peer: ScriptedPeer, sent: OutgoingMessage[]): void {
  const own = peer
    .room('stage')
    .entries.flatMap((entry) =>
      entry.kind === 'message' && entry.user.id === 'me' && 'text' in entry
        ? [{ seq: entry.seq, text: entry.text }]
        : [],
    );
  expect(own).toEqual(sent.map(({ seq, text }) => ({ seq, text })));
}

it('G3, G4: under any faults: in order, exactly once, or told the gap; sent once each, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const stage = await Stage.open();
      try {
        await play(stage, steps);
      } finally {
        await stage.close();
      }
    }),
    { numRuns: 60, endOnFailure: true },
  );
}, 120_000);
