import { checkKeptLog } from './kept-log';
import { evidenceOf, historyOf, row, said } from './testing';

const SENT = [...said(100, 1, 'a'), ...said(200, 2, 'b', 'other'), ...said(300, 3, 'c')];
const LOG = [row(1, 'a'), row(2, 'b'), row(3, 'c')];

function problems(sent = SENT, log = LOG): string[] {
  return checkKeptLog(evidenceOf(historyOf(...sent), { log }));
}

describe('the log that is kept', () => {
  test('has what was acknowledged, once, also where it was sent again', () => {
    expect(problems()).toEqual([]);
    expect(problems([...SENT, ...said(400, 3, 'c', 'other')])).toEqual([]);
  });

  test('may have what was sent and never acknowledged', () => {
    const [send] = said(400, 4, 'd');
    expect(problems([...SENT, send!], [...LOG, row(4, 'd')])).toEqual([]);
  });

  test('G1: lacks what was acknowledged', () => {
    expect(problems(SENT, LOG.slice(0, 2))).toEqual([
      'G1: writer was told at 0.3 s that c is 3 of lobby, which the database does not have',
    ]);
  });

  test('G1: has another message under the number that was acknowledged', () => {
    expect(problems(SENT, [row(1, 'a'), row(2, 'c'), row(3, 'b')])).toEqual([
      expect.stringMatching(/^G1: other was told .* b is 2 of lobby, where the database has c/),
      expect.stringMatching(/^G1: writer was told .* c is 3 of lobby, where the database has b/),
    ]);
  });

  test('G1: has another text than was sent', () => {
    expect(problems(SENT, [...LOG.slice(0, 2), row(3, 'c', 'else')])).toEqual([
      expect.stringMatching(/^G1: lobby: 3 was sent as "text of c" and is /),
      expect.stringMatching(/^G1: writer was told /),
    ]);
  });

  test('G1: has what nobody sent', () => {
    expect(problems(SENT, [...LOG, row(4, 'x')])).toEqual([
      expect.stringMatching(/^G1: lobby: 4 was sent by nobody/),
    ]);
  });

  test('G2: lacks a number', () => {
    const log = [row(1, 'a'), row(2, 'b'), row(4, 'c')];
    const sent = [...said(100, 1, 'a'), ...said(200, 2, 'b'), ...said(300, 4, 'c')];
    expect(problems(sent, log)).toEqual(['G2: lobby: the log has 4 in place 3']);
  });

  test('G2: has messages of one client in another order than it sent them', () => {
    const sent = [...said(100, 2, 'a'), ...said(200, 1, 'b')];
    expect(problems(sent, [row(1, 'b'), row(2, 'a')])).toEqual([
      'G2: writer sent to lobby b as 1 after a as 2',
    ]);
  });

  test('G4: has a key twice', () => {
    expect(problems(SENT, [...LOG, row(4, 'a')])).toEqual([
      'G4: lobby: 4 is the message a again, which is 1',
    ]);
  });

  test('G4: was acknowledged under two numbers', () => {
    const log = [...LOG, row(4, 'd')];
    const sent = [...SENT, ...said(400, 4, 'd'), ...said(500, 4, 'a')];
    expect(problems(sent, log)).toContainEqual(
      expect.stringMatching(/^G4: writer was told .* a is 4 of lobby, and before that it is 1/),
    );
  });
});
