import { checkRefusals } from './refusals';
import { evidenceOf, historyOf, said } from './testing';

const of = { client: 'writer', key: 'a' };

function problems(...events: Parameters<typeof historyOf>): string[] {
  return checkRefusals(evidenceOf(historyOf(...events)));
}

describe('what clients are answered', () => {
  test('is an acknowledgement', () => {
    expect(problems(...said(100, 1, 'a'))).toEqual([]);
  });

  test('G11: is a refusal for good', () => {
    const [send] = said(100, 1, 'a');
    expect(problems(send!, { ...of, type: 'refused', at: 200, code: 'internal' })).toEqual([
      'G11: writer gave a of lobby up at 0.2 s: internal',
    ]);
  });

  test('is a refusal to who was muted', () => {
    const refused = { ...of, type: 'refused', at: 200, code: 'muted' } as const;
    const [send] = said(100, 1, 'a');
    const mute = { type: 'mute', client: 'keeper', keys: 'a' } as const;
    expect(problems(send!, { ...mute, at: 150 }, refused)).toEqual([]);
    expect(problems(send!, { ...mute, at: 250 }, refused)).toHaveLength(1);
    expect(problems(send!, { ...mute, at: 150, keys: 'b' }, refused)).toHaveLength(1);
  });

  test('G11: is nothing', () => {
    expect(problems(said(100, 1, 'a')[0]!)).toEqual([
      'G11: writer sent a to lobby at 0.1 s and was never answered',
    ]);
  });

  test('is not asked of publications, which are tried once', () => {
    expect(problems({ ...of, room: 'news', type: 'send', at: 100, text: '1' })).toEqual([]);
  });

  test('G10: is what no client should see', () => {
    const error = { at: 100, client: 'writer', text: 'a frame makes no sense' };
    expect(problems({ ...error, type: 'error', room: '' })).toEqual([
      'G10: writer at 0.1 s: a frame makes no sense',
    ]);
  });
});
