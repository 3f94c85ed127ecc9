import type { Target } from '../load/wire';
import { ALONE, type Case, type Needs } from './case';
import type { FigureName, Figures } from './figures';
import { acknowledgedFigures, per, refusals, sentFigures, sentProblems } from './outcomes';
import type { Stage } from './stage';

/** Each has so many unacknowledged: 720 in all, which at 15,000 a second are 48 ms. */
const FLOOD = { senders: 60, inFlight: 12 };

/** Before the rate is measured, and before twice that rate is offered. */
const SHORT_SECONDS = 3;

/** As they are by themselves: those who send are in the room, and are not to read 15,000 messages a second. */
const THREE_AS_SHIPPED: Needs = { ...ALONE, servers: 3, env: { VIEWER_BUDGET: '40' } };

const isHubbub: Case['isFor'] = ({ id }) => id === 'hubbub';

const FIGURES: readonly FigureName[] = [
  'acknowledgedPerSecond',
  'acknowledgedP50',
  'acknowledgedP99',
  'serverCpuPerMessage',
  'databaseCpuPerMessage',
  'redisCpuPerMessage',
  'loadCpuPerMessage',
  'longestStall',
  'mostWorkInStall',
  'waitedShare',
];

/** Messages a second that were acknowledged. */
async function floodOnce(stage: Stage, target: Target): Promise<number> {
  const seconds = Math.min(SHORT_SECONDS, stage.sizes.seconds);
  const { acknowledged, refused, tookMs } = await stage.load.flood(target, { ...FLOOD, seconds });
  if (acknowledged === 0)
    throw new Error(['nothing is acknowledged', ...refusals(refused)].join(', '));
  return (acknowledged / tookMs) * 1_000;
}

function ingest(id: string, rooms: number, where: string): Case {
  return {
    id,
    title: () => `Acknowledged sends into ${where}, three gateways at once, each commit flushed`,
    needs: THREE_AS_SHIPPED,
    rooms,
    isFor: isHubbub,
    figures: FIGURES,
    measure: async (stage) => {
      const target = stage.target(rooms);
      await stage.empty();
      await floodOnce(stage, target);
      const { result, used } = await stage.measure('floods', () =>
        stage.load.flood(target, { ...FLOOD, seconds: stage.sizes.seconds }),
      );
      return {
        figures: acknowledgedFigures(result, used),
        problems: refusals(result.refused),
      };
    },
  };
}

const overload: Case = {
  id: 'overload',
  title: () => 'Twice the rate that the database takes, offered to one room by the clock',
  needs: THREE_AS_SHIPPED,
  rooms: 1,
  isFor: isHubbub,
  figures: [
    'offeredPerSecond',
    'acknowledgedPerSecond',
    'refusedShare',
    'acknowledgedP50',
    'acknowledgedP99',
    'longestStall',
    'mostWorkInStall',
    'waitedShare',
  ],
  measure: async (stage) => {
    const target = stage.target();
    await stage.empty();
    const perSecond = Math.round((await floodOnce(stage, target)) * 2);
    const { result, used } = await stage.send(target, {
      perSecond,
      senders: FLOOD.senders,
      // One that sent most of it would wait for itself.
      isEven: true,
      // Half of it is still in the senders' sockets when the last is due.
      patienceSeconds: 3 * stage.sizes.seconds,
    });
    const refused = Object.values(result.refused).reduce((sum, count) => sum + count, 0);
    const figures: Figures = {
      ...acknowledgedFigures({ ...result, tookMs: used.tookMs }, used),
      offeredPerSecond: perSecond,
      refusedShare: per(refused * 100, result.sent),
    };
    const unanswered = result.sent - result.acknowledged - refused;
    const problems =
      unanswered === 0 ? [] : [`${String(unanswered)} of ${String(result.sent)} unanswered`];
    return { figures, problems };
  },
};

const budget: Case = {
  id: 'budget',
  title: ({ viewers }) =>
    `5,000 messages a second into one room of ${viewers.toLocaleString('en')} viewers, each given 40 a second`,
  needs: THREE_AS_SHIPPED,
  rooms: 1,
  isFor: isHubbub,
  figures: [
    'serverCore',
    'deliveriesPerSecond',
    'bytesPerDelivery',
    'omittedShare',
    'accountedShare',
    'seenP50',
    'seenP99',
    'acknowledgedP50',
    'acknowledgedP99',
    'longestStall',
    'mostWorkInStall',
    'waitedShare',
    'databaseCore',
    'redisCore',
    'loadCore',
  ],
  measure: async (stage) => {
    const target = stage.target();
    await stage.warmUp(target, { viewers: stage.sizes.viewers });
    const { result, used } = await stage.send(target, { perSecond: 5_000 });
    const figures: Figures = {
      ...acknowledgedFigures(result, used),
      ...sentFigures(result, used),
      accountedShare: per((result.deliveries + result.omitted) * 100, result.expected),
    };
    return { figures, problems: sentProblems(result) };
  },
};

export const INGEST: readonly Case[] = [
  ingest('ingest', 1, 'one room'),
  ingest('ingest-rooms', 1_000, '1,000 rooms'),
  overload,
  budget,
];
