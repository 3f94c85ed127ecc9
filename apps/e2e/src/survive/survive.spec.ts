import { gatewayKilled } from './cases/gateway-killed';
import { mostInASecond } from './figures';
import { parseSurviveOptions } from './options';

jest.setTimeout(300_000);

describe('npm run survive', () => {
  it('G3, G7: few connections, one gateway killed: everybody is back and has everything, and nobody is a ghost', async () => {
    const { rows, problems } = await gatewayKilled.measure({
      sizes: { connections: 60, seconds: 1 },
      progress: () => undefined,
      slackMs: 5_000,
      signal: new AbortController().signal,
    });
    expect(problems).toEqual([]);
    const figures = new Map(rows);
    expect(figures.get('connections by gateway before')).toBe('20 / 20 / 20');
    expect(figures.get('connections that were lost')).toBe('20 lost');
    expect(
      Number(figures.get('acknowledged, and seen by every viewer of its room')),
    ).toBeGreaterThan(100);
  });

  it('a burst is counted within any second, wherever that begins', () => {
    expect(mostInASecond([])).toBe(0);
    expect(mostInASecond([900, 100, 1_050, 1_099, 1_100, 1_900])).toBe(4);
  });

  it('says what there is where it is asked for what there is not', () => {
    const parse = (...args: string[]) => parseSurviveOptions(args, () => undefined);
    expect(parse('--only', 'gateway')?.cases).toEqual([gatewayKilled]);
    expect(parse('--connections', '10')?.sizes).toEqual({ connections: 10, seconds: 30 });
    expect(() => parse('--only', 'flood')).toThrow('there are rolling-restart, gateway-killed');
    expect(() => parse('--seconds', '0')).toThrow('--seconds is a whole number from 1');
    expect(() => parse('--fast')).toThrow('--fast');
  });
});
