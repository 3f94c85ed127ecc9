import { Lanes } from './lanes';
import { Request } from './request';

function createLanes() {
  const written: number[] = [];
  const started: number[] = [];
  const lanes = new Lanes((reply) => written.push((JSON.parse(reply) as { id: number }).id));
  const add = (id: number, isConcurrent: boolean, lane = 'room') => {
    const request = new Request(id, 'event', {}, () => {
      lanes.settle(lane);
    });
    lanes.add(lane, request, isConcurrent, () => started.push(id));
    return request;
  };
  return { lanes, add, written, started };
}

describe('lanes', () => {
  it('P7: answers in the order of the requests, whichever is done first', () => {
    const { add, written } = createLanes();
    const requests = [1, 2, 3].map((id) => add(id, true));
    requests[2]!.ok({});
    requests[0]!.ok({});
    expect(written).toEqual([1]);
    requests[1]!.ok({});
    expect(written).toEqual([1, 2, 3]);
  });

  it('lets sends share a commit, and makes everything else wait its turn', () => {
    const { add, started } = createLanes();
    const join = add(1, false);
    const first = add(2, true);
    const second = add(3, true);
    const leave = add(4, false);
    add(5, true);
    expect(started).toEqual([1]);
    join.ok({});
    expect(started).toEqual([1, 2, 3]);
    second.ok({});
    expect(started).toEqual([1, 2, 3]);
    first.ok({});
    expect(started).toEqual([1, 2, 3, 4]);
    leave.ok({});
    expect(started).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps the lanes of two rooms apart, and forgets those that are empty', () => {
    const { lanes, add, written } = createLanes();
    add(1, false, 'a');
    const other = add(2, false, 'b');
    other.ok({});
    expect(written).toEqual([2]);
    expect(lanes.size).toBe(1);
  });

  it('P6: counts the first answer only', () => {
    const { add, written } = createLanes();
    const request = add(1, false);
    request.ok({});
    request.ok({});
    expect(written).toEqual([1]);
  });
});
