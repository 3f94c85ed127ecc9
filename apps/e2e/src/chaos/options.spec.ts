import { WrongOptions } from '../options';
import { KINDS } from './faults';
import { commandOf, parseChaosOptions } from './options';

function parse(...args: string[]) {
  const options = parseChaosOptions(args, () => undefined);
  if (!options) throw new Error('help was asked for');
  return options;
}

const ids = (...args: string[]) => parse(...args).kinds.map(({ id }) => id);

describe('npm run chaos', () => {
  test('makes 200 faults of all kinds, with a seed of its own each time', () => {
    const options = parse();
    expect(options).toMatchObject({
      faults: 200,
      secondsBetween: 2,
      svg: null,
      json: null,
      keep: null,
    });
    expect(options.kinds).toEqual(KINDS);
    const seeds = new Set(Array.from({ length: 20 }, () => parse().seed));
    expect(seeds.size).toBeGreaterThan(1);
  });

  test('reads each option', () => {
    const args = '--faults 3 --seed 0 --seconds-between 0.5 --svg a.svg --json b.json --keep c';
    expect(parse(...args.split(' '))).toMatchObject({
      faults: 3,
      seed: 0,
      secondsBetween: 0.5,
      svg: 'a.svg',
      json: 'b.json',
      keep: 'c',
    });
  });

  test('takes kinds by name, and by what they begin with', () => {
    expect(ids('--kinds', 'clock,redis-cut')).toEqual(['redis-cut', 'clock']);
    expect(ids('--kinds', 'redis')).toEqual([
      'redis-kill',
      'redis-pause',
      'redis-cut',
      'redis-delay',
      'redis-reset',
    ]);
  });

  test.each([
    [['--kinds', 'meteor'], 'there is no kind "meteor"; there are gateway-kill, '],
    [['--faults', '0'], '--faults is a whole number from 1, not "0"'],
    [['--seed', '-1'], "'--seed' argument"],
    [['--seed', '1.5'], '--seed is a whole number from 0, not "1.5"'],
    [['--seconds-between', 'long'], '--seconds-between is a number from 0, not "long"'],
    [['--fault', '3'], "Unknown option '--fault'"],
  ])('refuses %j in one line', (args, message) => {
    expect(() => parse(...args)).toThrow(WrongOptions);
    expect(() => parse(...args)).toThrow(message);
  });

  test('tells the command that repeats a run', () => {
    const told = commandOf(parse('--faults', '9', '--seed', '7', '--kinds', 'clock'));
    expect(told).toBe('npm run chaos -- --faults 9 --seed 7 --kinds clock');
    const args = told.split(' ').slice(4);
    expect(commandOf(parse(...args))).toBe(told);
    expect(commandOf(parse('--faults', '9', '--seed', '7'))).toBe(
      'npm run chaos -- --faults 9 --seed 7',
    );
  });

  test('says what it can be asked, and what it does', () => {
    const said: string[] = [];
    expect(parseChaosOptions(['--help'], (text) => said.push(text))).toBeNull();
    for (const { id } of KINDS) expect(said.join()).toContain(id);
  });
});
