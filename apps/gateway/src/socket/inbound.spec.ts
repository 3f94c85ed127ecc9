import fc from 'fast-check';
import { parseFrame } from './inbound';

const bad = (text: string) => {
  const inbound = parseFrame(text);
  if (inbound.kind !== 'bad') throw new Error(`taken: ${text}`);
  return { id: inbound.id, code: inbound.refusal.code, field: inbound.refusal.details.field };
};

describe('P7: the one door', () => {
  it.each([
    ['', { id: null, code: 'bad_frame' }],
    ['{', { id: null, code: 'bad_frame' }],
    ['[]', { id: null, code: 'bad_frame' }],
    ['null', { id: null, code: 'bad_frame' }],
    ['"join"', { id: null, code: 'bad_frame' }],
    ['{}', { id: null, code: 'unknown_event', field: 'event' }],
    ['{"event":"shout","id":3}', { id: 3, code: 'unknown_event', field: 'event' }],
    ['{"event":"constructor","id":3}', { id: 3, code: 'unknown_event', field: 'event' }],
    ['{"event":7,"id":3}', { id: 3, code: 'unknown_event', field: 'event' }],
    ['{"event":"join","data":{"room":"a"}}', { id: null, code: 'invalid', field: 'id' }],
    ['{"event":"join","id":"1","data":{}}', { id: null, code: 'invalid', field: 'id' }],
    ['{"event":"join","id":1.5,"data":{}}', { id: null, code: 'invalid', field: 'id' }],
    ['{"event":"join","id":1,"data":{}}', { id: 1, code: 'invalid', field: 'room' }],
    ['{"event":"join","id":1,"data":[]}', { id: 1, code: 'invalid', field: 'data' }],
    ['{"event":"join","id":1,"data":"x"}', { id: 1, code: 'invalid', field: 'data' }],
    [
      '{"event":"send","id":1,"data":{"room":"a","key":"abcdefgh","text":"x","danmaku":{"mode":"scroll","color":"red","size":"normal"}}}',
      { id: 1, code: 'invalid', field: 'danmaku.color' },
    ],
  ])('answers %s', (text, expected) => {
    expect(bad(text)).toEqual(expect.objectContaining(expected));
  });

  it('takes a request whose data is left out where nothing is needed', () => {
    expect(parseFrame('{"event":"ping","id":0}')).toMatchObject({ kind: 'request', event: 'ping' });
  });

  it('is total: any text is one or the other', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['request', 'bad']).toContain(parseFrame(text).kind);
      }),
    );
  });
});
