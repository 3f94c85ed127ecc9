import { until } from '../testing/until';
import { Overload } from './overload';

/** Keeps the event loop from everything else for this long. */
function hold(ms: number): void {
  const endAt = performance.now() + ms;
  while (performance.now() < endAt);
}

/** Holds the loop in stretches of `stretchMs` until `isOver`, or for as long as a test may take. */
async function busy(stretchMs: number, isOver: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!isOver() && performance.now() < giveUpAt) {
    hold(stretchMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('overload', () => {
  let connections = 0;
  let reported: string[] = [];
  let overload: Overload;
  const start = (settings: { MAX_CONNECTIONS: number; OVERLOAD_LAG_MS: number }) => {
    connections = 0;
    reported = [];
    overload = new Overload({
      settings,
      connections: () => connections,
      report: (reason) => reported.push(reason),
    });
  };
  afterEach(() => {
    overload.close();
  });

  it('is as many connections as there may be, and over with the first that goes', () => {
    start({ MAX_CONNECTIONS: 2, OVERLOAD_LAG_MS: 0 });
    expect(overload.refusal()).toBeNull();
    connections = 2;
    expect(overload.refusal()).toMatchObject({ code: 'unavailable', status: 503 });
    expect(overload.refusal()?.details.retryAfterMs).toBeGreaterThanOrEqual(2_000);
    expect(reported).toEqual(['connections_of_gateway', 'connections_of_gateway']);
    connections = 1;
    expect(overload.refusal()).toBeNull();
  });

  it('is not a loop that was held up once', async () => {
    start({ MAX_CONNECTIONS: 0, OVERLOAD_LAG_MS: 20 });
    // The beat that was due meanwhile is later than two seconds, and comes before what is due now.
    hold(2_600);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(overload.refusal()).toBeNull();
  });

  it('is a loop that is late all the time for two seconds; and over when it is not', async () => {
    const startedAt = performance.now();
    start({ MAX_CONNECTIONS: 0, OVERLOAD_LAG_MS: 20 });
    await busy(300, () => overload.refusal() !== null);
    expect(reported).toEqual(['loop_lag']);
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
    await until('it is over', () => overload.refusal() === null);
  });
});
