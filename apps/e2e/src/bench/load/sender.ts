import type { Message } from './workload';

/** What became of a message: null for ok. */
export type Outcome = (message: { dueAt: number; refusal: string | null }) => void;

/** Says messages; several in one write where they come in one turn. */
export interface Sender {
  /** Whether each message has an outcome: else none has. */
  readonly isAnswered: boolean;
  /** From when it is due is its latency. */
  send(message: Message, dueAt: number, outcome: Outcome): void;
  flush(): void;
  close(): void;
}
