import { hottest } from './cpu-profile';

/** A node of a profile that was called `name` in a file without a map. */
function node(id: number, name: string, url = 'node:net') {
  return { id, callFrame: { functionName: name, url, lineNumber: 9, columnNumber: 0 } };
}

describe('the summary of a CPU profile', () => {
  it('has the most expensive functions first, as shares of the time that was not idle', () => {
    const profile = {
      nodes: [node(1, '(idle)', ''), node(2, 'write'), node(3, ''), node(4, 'write')],
      samples: [1, 2, 3, 4, 1],
      timeDeltas: [900, 20, 10, 50, 1_000],
    };
    expect(hottest(profile)).toEqual([
      // The same function, however it was called.
      { name: 'write', place: 'node:net:10', selfShare: 70 / 80 },
      { name: '(anonymous)', place: 'node:net:10', selfShare: 10 / 80 },
    ]);
    expect(hottest(profile, 1)).toHaveLength(1);
  });

  it('is not confused by a clock that steps back', () => {
    const profile = { nodes: [node(1, 'write')], samples: [1, 1], timeDeltas: [10, -5] };
    expect(hottest(profile)).toEqual([{ name: 'write', place: 'node:net:10', selfShare: 1 }]);
  });
});
