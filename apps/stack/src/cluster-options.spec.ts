import { parseClusterOptions } from './cluster-options';

test('without options: two gateways and the web app, on free ports, in a temporary folder', () => {
  expect(parseClusterOptions([])).toEqual({
    gateways: 2,
    json: false,
    port: null,
    redisPorts: { own: null, gateways: [] },
    mysqlPorts: { own: null, gateways: [] },
    dir: null,
    web: true,
    seed: false,
    untilStdinEnds: false,
  });
});

test('reads each option', () => {
  const args =
    '--gateways 3 --json --port 9000 --redis-ports 9001 --mysql-ports 9002,1,2,3 --dir d --no-web --seed --until-stdin-ends';
  expect(parseClusterOptions(args.split(' '))).toEqual({
    gateways: 3,
    json: true,
    port: 9000,
    redisPorts: { own: 9001, gateways: [] },
    mysqlPorts: { own: 9002, gateways: [1, 2, 3] },
    dir: 'd',
    web: false,
    seed: true,
    untilStdinEnds: true,
  });
});

test.each([
  ['--gateways 0', '--gateways is a number from 1 to 64, not "0".'],
  ['--gateways three', '--gateways is a number from 1 to 64, not "three".'],
  ['--port 70000', '--port is a number from 1 to 65535, not "70000".'],
  ['--redis-ports 1,', '--redis-ports is a number from 1 to 65535, not "".'],
  ['--mysql-ports 1,2,3,4', "--mysql-ports has the server's port and, after it, none or 2"],
  ['--gatways 3', "Unknown option '--gatways'. See npm run cluster -- --help"],
  ['3', 'Unexpected argument'],
])('%s is refused in one line', (args, message) => {
  expect(() => parseClusterOptions(args.split(' '))).toThrow(message);
});

test('asked for help it gives none of them', () => {
  expect(parseClusterOptions(['--help'])).toBeNull();
});
