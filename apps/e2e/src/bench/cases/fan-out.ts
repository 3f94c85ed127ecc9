import { ALONE, type Case, type Needs, type Sizes } from './case';
import type { FigureName } from './figures';
import { sentFigures, sentProblems } from './outcomes';
import { SENDERS } from './stage';

const FIGURES: readonly FigureName[] = [
  'cpuPerDelivery',
  'serverCore',
  'deliveredShare',
  'seenP50',
  'seenP99',
  'bytesPerDelivery',
  'perFrame',
  'longestStall',
  'waitedShare',
  'databaseCore',
  'redisCore',
  'loadCore',
];

/** One message a second is too few to measure in a short time, and by then everybody was pinged twice: so many times as long. */
const LONGER_AT_1 = 30;

/** What a server that cannot keep up holds back stays in its memory: it is asked no longer than this. */
const SECONDS_AT_MOST = 6;

const COMPRESSED: Needs = { ...ALONE, isCompressed: true };
const THREE: Needs = { ...ALONE, servers: 3 };

/** Who sends is given what is said, in the clear: many would be what is measured. */
const FEW = { viewers: 10, senders: 5 };

interface FanOut {
  id: string;
  perSecond: number;
  needs?: Needs;
  /** Otherwise as many as a room of the run has. */
  viewers?: number;
  /** Otherwise those of a busy room. */
  senders?: number;
  isFor?: Case['isFor'];
  /** What the title says besides. */
  where?: string;
}

/** One room: one sends, everybody gets it. */
function fanOut(options: FanOut): Case {
  const { id, perSecond, needs = ALONE, senders = SENDERS, isFor = () => true } = options;
  const viewers = (sizes: Sizes) => options.viewers ?? sizes.viewers;
  return {
    id,
    title: (sizes) =>
      `One room of ${viewers(sizes).toLocaleString('en')} viewers, ${perSecond.toLocaleString('en')} ${perSecond === 1 ? 'message' : 'messages'} a second${options.where ?? ''}`,
    needs,
    rooms: 1,
    isFor,
    figures: FIGURES,
    measure: async (stage) => {
      const target = stage.target();
      await stage.warmUp(target, { viewers: viewers(stage.sizes), senders });
      const seconds = secondsAt(perSecond, stage.sizes);
      if (perSecond === 1) await stage.becomeQuiet(target);
      const { result, used } = await stage.send(target, { perSecond, seconds, senders });
      return { figures: sentFigures(result, used), problems: sentProblems(result) };
    },
  };
}

function secondsAt(perSecond: number, { seconds }: Sizes): number {
  if (perSecond === 1) return seconds * LONGER_AT_1;
  return perSecond >= 1_000 ? Math.min(seconds, SECONDS_AT_MOST) : seconds;
}

/** Many rooms that are all busy. */
const rooms: Case = {
  id: 'rooms',
  title: () => '100 rooms of 10 viewers, 10 messages a second in each',
  needs: ALONE,
  rooms: 100,
  isFor: () => true,
  figures: FIGURES,
  measure: async (stage) => {
    const target = stage.target(100);
    await stage.warmUp(target, { viewers: 1_000 });
    const { result, used } = await stage.send(target, { perSecond: 1_000 });
    return { figures: sentFigures(result, used), problems: sentProblems(result) };
  },
};

/** The sender is at the first server, those who read at the others; nothing else is going on. */
const quietLatency: Case = {
  id: 'quiet-latency',
  title: () =>
    'Three servers, 20 messages a second from one of them, a reader at each of the others',
  needs: THREE,
  rooms: 1,
  isFor: ({ isClustered }) => isClustered,
  figures: ['deliveredShare', 'seenP50', 'seenP99', 'longestStall'],
  measure: async (stage) => {
    const all = stage.target();
    const [here, elsewhere] = [all.ports.slice(0, 1), all.ports.slice(1)];
    const target = { ...all, senderPorts: here, ports: elsewhere };
    await stage.warmUp(target, { viewers: elsewhere.length, senders: 1 });
    const { result, used } = await stage.send(target, { perSecond: 20, senders: 1 });
    return { figures: sentFigures(result, used), problems: sentProblems(result) };
  },
};

const isHubbub: Case['isFor'] = ({ id }) => id === 'hubbub';

export const FAN_OUT: readonly Case[] = [
  fanOut({ id: 'fanout-1', perSecond: 1 }),
  fanOut({ id: 'fanout-20', perSecond: 20 }),
  fanOut({ id: 'fanout-200', perSecond: 200 }),
  rooms,
  fanOut({ id: 'few', perSecond: 200, ...FEW, isFor: isHubbub }),
  // The last of those that share a server: one that cannot keep up is no use any more.
  fanOut({ id: 'fanout-1000', perSecond: 1_000 }),
  fanOut({
    id: 'wire',
    perSecond: 200,
    needs: COMPRESSED,
    isFor: ({ canCompress }) => canCompress,
    where: ', compressed',
  }),
  fanOut({
    id: 'wire-few',
    perSecond: 200,
    needs: COMPRESSED,
    ...FEW,
    isFor: isHubbub,
    where: ', compressed',
  }),
  fanOut({
    id: 'gateways',
    perSecond: 200,
    needs: THREE,
    isFor: ({ isClustered }) => isClustered,
    where: ', three servers on Redis',
  }),
  quietLatency,
];
