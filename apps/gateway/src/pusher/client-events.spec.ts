import { APP, PusherBed } from './testing/pusher-bed';

const QUIET = { id: 'quiet', key: 'quiet-key', secret: 'quiet-secret' };

describe('client events', () => {
  let bed: PusherBed;
  beforeAll(async () => {
    const limits = { maxEventNameLength: 20, maxEventPayloadInKb: 1, maxClientEventsPerSecond: 5 };
    bed = await PusherBed.start({}, [{ ...APP, enableClientMessages: true, ...limits }, QUIET]);
  });
  afterEach(() => {
    bed.clear();
  });
  afterAll(() => bed.close());

  const error = (channel: string, message: string) => ({
    event: 'pusher:error',
    channel,
    data: { code: 4301, message },
  });

  it('go to the other subscribers, with the sender in a presence channel alone', async () => {
    const [a, b] = await Promise.all([bed.connect(), bed.connect()]);
    for (const client of [a, b]) {
      await client.join('private-a');
      await client.join('presence-a', { user_id: client === a ? 'ann' : 'bob' });
    }
    a.send({ event: 'client-x', channel: 'private-a', data: { n: [1, 'ü'] } });
    expect(await b.next('client-x')).toEqual({
      event: 'client-x',
      channel: 'private-a',
      data: { n: [1, 'ü'] },
    });
    a.send({ event: 'client-y', channel: 'presence-a', data: 'text' });
    expect(await b.next('client-y')).toEqual({
      event: 'client-y',
      channel: 'presence-a',
      data: 'text',
      user_id: 'ann',
    });
    b.send({ event: 'client-z', channel: 'private-a', data: 1 });
    await a.next('client-z');
    const own = a.messages.filter(({ event }) => /^client-[xy]$/.test(event));
    expect(own).toEqual([]);
  });

  it('are refused where the app does not have them', async () => {
    const client = await bed.connect(QUIET);
    await client.join('private-a');
    client.send({ event: 'client-x', channel: 'private-a', data: {} });
    expect(await client.next('pusher:error')).toEqual(
      error('private-a', 'The app does not have client messaging enabled.'),
    );
  });

  it('are refused with too long a name, or too much data', async () => {
    const a = await bed.connect();
    await a.join('private-a');
    a.send({ event: `client-${'x'.repeat(20)}`, channel: 'private-a', data: {} });
    expect(await a.next('pusher:error')).toEqual(
      error('private-a', 'Event name is too long. Maximum allowed size is 20.'),
    );
    // In bytes, not in characters.
    a.send({ event: 'client-x', channel: 'private-a', data: 'ü'.repeat(513) });
    expect(await a.next('pusher:error')).toEqual(
      error('private-a', 'The event data should be less than 1 KB.'),
    );
  });

  it('are refused too often', async () => {
    /** Sends 7 at once, and resolves with how long the gateway took to answer all of them. */
    const attempt = async () => {
      const [a, b] = await Promise.all([bed.connect(), bed.connect()]);
      await a.join('private-a');
      await b.join('private-a');
      const startedAt = performance.now();
      for (let i = 0; i < 7; i++) a.send({ event: 'client-x', channel: 'private-a', data: i });
      await a.settle();
      return { a, b, tookMs: performance.now() - startedAt };
    };
    let { a, b, tookMs } = await attempt();
    // They count together where they came within one second.
    while (tookMs >= 1_000) ({ a, b, tookMs } = await attempt());
    const tooFast = 'The rate limit for sending client events exceeded the quota.';
    expect(a.messages.filter(({ event }) => event === 'pusher:error')).toEqual(
      [1, 2].map(() => error('private-a', tooFast)),
    );
    await bed.publish('private-a', 'end', 'x');
    await b.next('end');
    const given = b.messages.filter(({ event }) => event === 'client-x').map(({ data }) => data);
    expect(given).toEqual([0, 1, 2, 3, 4]);
    // Each connection has its own quota.
    b.send({ event: 'client-y', channel: 'private-a', data: {} });
    await a.next('client-y');
  });

  it.each(['public', 'private-encrypted-a', 'private-other'])(
    'of a channel where they may not be (%s) reach nobody, and the sender is told',
    async (channel) => {
      const [a, b] = await Promise.all([bed.connect(), bed.connect()]);
      if (channel !== 'private-other') await a.join(channel);
      await b.join(channel);
      a.send({ event: 'client-x', channel, data: {} });
      expect(await a.next('pusher:error')).toMatchObject({ channel, data: { code: 4301 } });
      await bed.publish(channel, 'end', 'x');
      await b.next('end');
      expect(b.messages.some(({ event }) => event === 'client-x')).toBe(false);
    },
  );
});
