import { WrongOptions } from '../options';
import { commandOf, parseFuzzOptions } from './options';
import { TARGETS } from './targets';

const parse = (...args: string[]) => parseFuzzOptions(args, () => undefined);

it('a million inputs to every door, by a seed that is told, where nothing is asked for', () => {
  const command = parse();
  expect(command).toMatchObject({ count: 1_000_000, targets: TARGETS, keep: null });
  expect(command && commandOf(command)).toMatch(/^npm run fuzz -- --count 1000000 --seed \d+$/);
});

it('the command that is told repeats the run', () => {
  const command = parse('--count', '70', '--seed', '3', '--targets', 'rest,pusher');
  expect(command?.targets.map(({ id }) => id)).toEqual(['pusher-sockets', 'rest', 'pusher-api']);
  const told = command ? commandOf(command).split(' ').slice(4) : [];
  expect(parse(...told)).toEqual(command);
});

it.each([
  [['--count', '0'], '--count is a whole number from 1, not "0"'],
  [['--seed', 'x'], '--seed is a whole number from 0, not "x"'],
  [['--targets', 'doors'], 'there is no target "doors"'],
  [['--frames', '5'], "Unknown option '--frames'"],
])('%j is refused by name', (args, message) => {
  expect(() => parse(...args)).toThrow(WrongOptions);
  expect(() => parse(...args)).toThrow(message);
});

it('the shares make up the whole', () => {
  expect(TARGETS.reduce((sum, { share }) => sum + share, 0)).toBe(1_000);
});
