/** What can be wrong with a room's log, and what that means to whoever runs it. */
export const FAULTS = {
  gap: 'numbers are missing: entries are lost. A room is not opened while this is among its last 500 entries',
  repeat: 'a number is used twice: who reads the room is given one of the two',
  place: 'an entry stands before the first place: nobody is given it',
  'head-behind':
    'the head is below the last entry: the room takes nothing new. --repair raises the head',
  'head-ahead': 'the head is above the last entry: entries are lost, and the next one leaves a gap',
  'no-head': 'the room has no head: to everybody it is not there',
  'no-room': 'a head is left of a room that is not there: it only takes space',
  'stray-entries':
    'entries are left of a room that is not there: nobody can read them, they only take space',
  time: 'an entry is much older than the one before it: more than clocks and waiting explain',
  'no-index': 'an index is missing that keeps numbers and keys from being used twice',
  'key-twice': 'a key is used twice: a message that was sent again is there twice',
  body: 'an entry is not what the protocol says: readers stumble over it',
  withdrawn: 'a message is withdrawn, and no entry says by whom',
  'not-withdrawn': 'a message was deleted, and is given out all the same',
} as const;

export type Fault = keyof typeof FAULTS;

export interface Finding {
  fault: Fault;
  /** The entry, or the first one, that it is about; null where it is about no entry. */
  seq: number | null;
  /** What is there, in words, without any message's text. */
  text: string;
}

/** Of each fault that many are kept of a room; of the others it is said how many there are. */
const KEPT = 20;

/** What was found in one room. Bounded, however damaged the log is. */
export class Findings {
  readonly kept: Finding[] = [];
  readonly counts = new Map<Fault, number>();

  add(finding: Finding): void {
    const count = this.counts.get(finding.fault) ?? 0;
    this.counts.set(finding.fault, count + 1);
    if (count < KEPT) this.kept.push(finding);
  }
}
