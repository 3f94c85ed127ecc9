import type { FaultResult } from '../outcome';
import { checkLogs } from './logs';
import { fault } from './testing';

const KILLED = 'hubbub: gateway-2 was ended by SIGKILL; it is started again in 0.1 s';
const DRAINED = 'hubbub: gateway-1 ended with exit code 0; it is started again in 0.1 s';
const FAULTS = [
  fault('gateway-kill', 1_000, { gateways: [1] }),
  fault('gateway-term', 5_000, { gateways: [0] }),
  fault('gateway-stop', 9_000, { gateways: [0] }),
];

function problems(
  stack: string[],
  { faults = FAULTS, gatewayLogs = [] }: { faults?: FaultResult[]; gatewayLogs?: string[] } = {},
): string[] {
  return checkLogs({ stackLog: stack.join('\n'), gatewayLogs, faults });
}

describe('the logs of a run', () => {
  test('have each end that was made, and no other', () => {
    expect(problems([KILLED, 'hubbub: gateway-2 serves again', DRAINED])).toEqual([]);
    const faults = [fault('redis-kill', 0, { gateways: [0, 1, 2] })];
    const redis = 'hubbub: redis was ended by SIGKILL; it is started again in 0.1 s';
    expect(problems([redis], { faults })).toEqual([]);
    const rolling = [fault('rolling', 0, { gateways: [0] })];
    expect(problems([DRAINED], { faults: rolling })).toEqual([]);
  });

  test('have a gateway that ended by itself', () => {
    const crashed = 'hubbub: gateway-3 ended with exit code 1; it is started again in 0.1 s';
    expect(problems([KILLED, DRAINED, crashed])).toEqual([
      'gateway-3: exit code 1 1 times; it was made to 0 times',
    ]);
    expect(problems([KILLED, KILLED, DRAINED])).toEqual([
      'gateway-2: SIGKILL 2 times; it was made to 1 times',
    ]);
  });

  test('lack an end that was made', () => {
    expect(problems([KILLED])).toEqual(['gateway-1: exit code 0 0 times; it was made to 1 times']);
  });

  test('have a gateway at its wits’ end', () => {
    const gatewayLogs = ['{"level":"info","message":"all is well"}', '{"message":"TypeError: x"}'];
    expect(problems([KILLED, DRAINED], { gatewayLogs })).toEqual([
      'gateway-2 says: {"message":"TypeError: x"}',
    ]);
  });
});
