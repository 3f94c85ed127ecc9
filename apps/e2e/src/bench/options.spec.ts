import { WrongOptions } from '../options';
import { parseOptions } from './options';

const known = {
  cases: [
    { id: 'idle' },
    { id: 'ingest' },
    { id: 'ingest-rooms' },
    { id: 'fanout-1' },
    { id: 'fanout-200' },
  ],
  simulations: [{ id: 'model-log' }, { id: 'model-redis' }],
  systems: [{ id: 'hubbub' }, { id: 'hubbub-pusher' }, { id: 'ws' }],
};

function parse(...args: string[]) {
  const options = parseOptions(args, known, () => undefined);
  if (!options) throw new Error('help was asked for');
  return options;
}

const ids = (named: readonly { id: string }[]) => named.map(({ id }) => id);

describe('npm run bench', () => {
  test('asks every system every case three times, and simulates the rest', () => {
    const { cases, systems, rounds } = parse();
    expect(ids(cases)).toEqual(ids([...known.cases, ...known.simulations]));
    expect(systems).toEqual(known.systems);
    expect(ids(parse('--systems', 'ws').cases)).toEqual(ids(known.cases));
    expect(rounds).toBe(3);
  });

  test('takes names, and what begins with a name that is none itself', () => {
    expect(ids(parse('--cases', 'ingest').cases)).toEqual(['ingest']);
    expect(ids(parse('--cases', 'fanout,idle').cases)).toEqual(['idle', 'fanout-1', 'fanout-200']);
    expect(ids(parse('--cases', 'model').cases)).toEqual(['model-log', 'model-redis']);
    expect(ids(parse('--systems', 'ws,hubbub').systems)).toEqual(['hubbub', 'ws']);
  });

  test('names what there is to one who asks for what there is not', () => {
    expect(() => parse('--cases', 'fanout-2')).toThrow(
      new WrongOptions(
        'there is no case "fanout-2"; there are idle, ingest, ingest-rooms, fanout-1, fanout-200, model-log, model-redis',
      ),
    );
    expect(() => parse('--systems', 'soketi')).toThrow('there are hubbub, hubbub-pusher, ws');
    expect(() => parse('--rounds', '0')).toThrow('--rounds is a whole number from 1');
    expect(() => parse('--round', '2')).toThrow(WrongOptions);
  });

  test('is quick with one round', () => {
    const { rounds, sizes } = parse('--quick', '--seconds', '1');
    expect(rounds).toBe(1);
    expect(sizes.seconds).toBe(1);
  });

  test('profiles Hubbub alone in one case', () => {
    const { cases, systems, rounds } = parse('--profile');
    expect([ids(cases), ids(systems), rounds]).toEqual([['fanout-200'], ['hubbub'], 1]);
    expect(() => parse('--profile', '--cases', 'fanout')).toThrow('--profile is of one case');
  });

  test('says what it can be asked', () => {
    const said: string[] = [];
    expect(parseOptions(['--help'], known, (text) => said.push(text))).toBeNull();
    expect(said.join()).toContain('fanout-200');
  });
});
