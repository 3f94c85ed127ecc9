/** What is done in a lane. */
export interface Task {
  readonly lane: string;
  /** May run beside its like: a `send` need not wait for the commit of the one before it. */
  readonly isConcurrent: boolean;
  /** The text of the reply frame, once there is one. */
  readonly answer: string | undefined;
  start(): void;
}

interface Lane {
  /** Unanswered, as they came; the first `started` of them run. */
  readonly tasks: Task[];
  started: number;
}

/**
 * Requests of one connection, in a lane for each room: started and answered in the order in which they came (P7). Sends of a
 * lane run side by side, so that they share commits; everything else waits for what came before it, and is waited for.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  #size = 0;

  /** `write` gets the text of each reply, in order. */
  constructor(private readonly write: (reply: string) => void) {}

  /** Requests that are not answered yet. */
  get size(): number {
    return this.#size;
  }

  add(task: Task): void {
    let lane = this.#lanes.get(task.lane);
    if (!lane) this.#lanes.set(task.lane, (lane = { tasks: [], started: 0 }));
    lane.tasks.push(task);
    this.#size++;
    this.#startNext(lane);
  }

  /** To be called when a task of the lane has its answer. */
  settle(name: string): void {
    const lane = this.#lanes.get(name);
    if (!lane) return;
    let answer: string | undefined;
    while ((answer = lane.tasks[0]?.answer) !== undefined) {
      lane.tasks.shift();
      lane.started--;
      this.#size--;
      this.write(answer);
    }
    if (lane.tasks.length === 0) this.#lanes.delete(name);
    else this.#startNext(lane);
  }

  #startNext(lane: Lane): void {
    // A start may settle its task at once, which changes the lane: look at it anew after each.
    for (;;) {
      const next = lane.tasks[lane.started];
      if (!next) return;
      // What runs is either one that runs alone, or all concurrent.
      const mayStart = lane.started === 0 || (next.isConcurrent && lane.tasks[0]?.isConcurrent);
      if (!mayStart) return;
      lane.started++;
      next.start();
    }
  }
}
