import { Lanes, type Task } from './lanes';

function createLanes() {
  const written: string[] = [];
  const started: number[] = [];
  const lanes = new Lanes((reply) => written.push(reply));
  const add = (id: number, isConcurrent: boolean, lane = 'room', isDoneAtOnce = false) => {
    let answer: string | undefined;
    const finish = () => {
      answer = String(id);
      lanes.settle(lane);
    };
    const task: Task = {
      lane,
      isConcurrent,
      get answer() {
        return answer;
      },
      start: () => {
        started.push(id);
        if (isDoneAtOnce) finish();
      },
    };
    lanes.add(task);
    return finish;
  };
  return { lanes, add, written, started };
}

describe('lanes', () => {
  it('P7: answers in the order of the requests, whichever is done first', () => {
    const { add, written } = createLanes();
    const finish = [1, 2, 3].map((id) => add(id, true));
    finish[2]!();
    finish[0]!();
    expect(written).toEqual(['1']);
    finish[1]!();
    expect(written).toEqual(['1', '2', '3']);
  });

  it('lets sends share a commit, and makes everything else wait its turn', () => {
    const { add, started } = createLanes();
    const join = add(1, false);
    const first = add(2, true);
    const second = add(3, true);
    const leave = add(4, false);
    add(5, true);
    expect(started).toEqual([1]);
    join();
    expect(started).toEqual([1, 2, 3]);
    second();
    expect(started).toEqual([1, 2, 3]);
    first();
    expect(started).toEqual([1, 2, 3, 4]);
    leave();
    expect(started).toEqual([1, 2, 3, 4, 5]);
  });

  it('goes on with what is done in the moment in which it starts', () => {
    const { lanes, add, started, written } = createLanes();
    const first = add(1, false);
    for (let id = 2; id <= 6; id++) add(id, id % 2 === 0, 'room', true);
    expect(started).toEqual([1]);
    first();
    expect(started).toEqual([1, 2, 3, 4, 5, 6]);
    expect(written).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(lanes.size).toBe(0);
  });

  it('keeps the lanes of two rooms apart, and forgets those that are empty', () => {
    const { lanes, add, written } = createLanes();
    add(1, false, 'a');
    const other = add(2, false, 'b');
    other();
    expect(written).toEqual(['2']);
    expect(lanes.size).toBe(1);
  });
});
