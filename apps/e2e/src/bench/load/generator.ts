import { isDeepStrictEqual } from 'node:util';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { Latencies } from './latencies';
import type { Sender } from './sender';
import { openSenders } from './senders';
import { Tally } from './tally';
import { Viewers } from './viewers';
import type { Command, Flooded, Sent, Target, Viewed } from './wire';
import { Workload } from './workload';

type SendCommand = Extract<Command, { do: 'send' }>;
type FloodCommand = Extract<Command, { do: 'flood' }>;

const SEED = 1;
/** The first message is due so long after all is ready. */
const START_MS = 50;
const LOOK_MS = 10;
/** After the last that is expected: what comes twice comes now. */
const LINGER_MS = 200;
/** With messages further apart than this the clock is kept to parts of a millisecond, for the price of one of its time. */
const EXACT_FROM_MS = 20;
/** In a flood, for one that was refused: a connection that is closed refuses everything, at once. */
const REFUSED_MS = 10;
/** After a flood: for the answers that are on their way. */
const FLOOD_PATIENCE_MS = 10_000;

/** Answers to messages. */
class Outcomes {
  acknowledged = 0;
  settled = 0;
  readonly refused: Record<string, number> = {};
  readonly latencies = new Latencies();

  take({ dueAt, refusal }: { dueAt: number; refusal: string | null }): void {
    this.settled++;
    if (refusal !== null) {
      this.refused[refusal] = (this.refused[refusal] ?? 0) + 1;
      return;
    }
    this.acknowledged++;
    this.latencies.add(performance.now() - dueAt);
  }
}

/** Senders stay for what the same target is asked next. */
interface Stage {
  target: Target;
  viewers: Viewers;
  senders: Sender[];
  workload: Workload;
}

/** Does what commands ask for, one at a time. */
export class Generator {
  #stage: Stage | null = null;
  /** No index is used twice: what comes too late is known by it. */
  #nextIndex = 0;

  async view(target: Target, viewers: number): Promise<Viewed> {
    const stage = this.#stageFor(target);
    const cpu = process.cpuUsage();
    const began = performance.now();
    const opened = await stage.viewers.grow(viewers);
    return { opened, tookMs: performance.now() - began, cpuMs: cpuMsSince(cpu) };
  }

  async send(command: SendCommand): Promise<Sent> {
    const { perSecond, patienceSeconds } = command;
    const stage = await this.#withSenders(command.target, command.senders);
    const { viewers } = stage;
    const sent = Math.round(perSecond * command.seconds);
    const first = this.#take(sent);
    const cpu = process.cpuUsage();
    const tally = new Tally({ first, startsAt: performance.now() + START_MS, perSecond });
    const outcomes = new Outcomes();
    viewers.countIn(tally);
    viewers.takeTurns(perSecond);
    await sendByTheClock(stage, tally, { sent, outcomes, isEven: command.isEven ?? false });
    const expected = expectedOf(viewers, { first, sent, rooms: command.target.rooms.length });
    await isOver({ tally, outcomes, stage, sent, expected, patienceMs: patienceSeconds * 1_000 });
    viewers.readAtOnce();
    const cpuMs = cpuMsSince(cpu);
    await delay(LINGER_MS);
    const { deliveries, omitted, frames, bytes, wrong } = tally;
    const result = {
      sent,
      acknowledged: outcomes.acknowledged,
      refused: outcomes.refused,
      deliveries,
      expected,
      omitted,
      closed: viewers.closed,
      wrong,
      frames,
      bytes,
      seen: tally.seen.summary,
      acked: outcomes.latencies.summary,
      cpuMs,
      tookMs: Math.max(0, tally.lastAt - tally.schedule.startsAt),
    };
    if (deliveries + omitted < expected) viewers.drop();
    return result;
  }

  async flood(command: FloodCommand): Promise<Flooded> {
    const stage = await this.#withSenders(command.target, command.senders);
    const cpu = process.cpuUsage();
    const began = performance.now();
    const endsAt = began + command.seconds * 1_000;
    const outcomes = new Outcomes();
    let inFlight = 0;
    const keepSending = (sender: Sender, number: number) => {
      const rooms = stage.workload.roomsOf(number);
      let next = 0;
      const sendNext = () => {
        if (performance.now() >= endsAt) return;
        const message = stage.workload.from(
          number,
          rooms[next++ % rooms.length] ?? 0,
          this.#take(1),
        );
        inFlight++;
        sender.send(message, performance.now(), (outcome) => {
          inFlight--;
          outcomes.take(outcome);
          if (outcome.refusal === null) sendNext();
          else setTimeout(sendAgain, REFUSED_MS);
        });
      };
      const sendAgain = () => {
        sendNext();
        sender.flush();
      };
      for (let i = 0; i < command.inFlight; i++) sendNext();
      sender.flush();
    };
    for (const [number, sender] of stage.senders.entries()) {
      if (!sender.isAnswered) throw new Error('nobody answers what is sent to this target');
      keepSending(sender, number);
    }
    await delay(command.seconds * 1_000);
    while (inFlight > 0 && performance.now() < endsAt + FLOOD_PATIENCE_MS) await delay(LOOK_MS);
    return {
      acknowledged: outcomes.acknowledged,
      refused: outcomes.refused,
      acked: outcomes.latencies.summary,
      cpuMs: cpuMsSince(cpu),
      tookMs: performance.now() - began,
    };
  }

  close(): void {
    for (const sender of this.#stage?.senders ?? []) sender.close();
    this.#stage?.viewers.close();
    this.#stage = null;
  }

  #stageFor(target: Target): Stage {
    if (this.#stage && isDeepStrictEqual(this.#stage.target, target)) return this.#stage;
    this.close();
    this.#stage = {
      target,
      viewers: new Viewers(target),
      senders: [],
      workload: new Workload({ seed: SEED, rooms: target.rooms, senders: 0 }),
    };
    return this.#stage;
  }

  async #withSenders(target: Target, count: number): Promise<Stage> {
    const stage = this.#stageFor(target);
    if (stage.senders.length === count) return stage;
    for (const sender of stage.senders.splice(0)) sender.close();
    stage.workload = new Workload({ seed: SEED, rooms: target.rooms, senders: count });
    stage.senders = await openSenders(target, stage.workload, count);
    return stage;
  }

  /** The first of so many indexes. */
  #take(count: number): number {
    const first = this.#nextIndex;
    this.#nextIndex += count;
    return first;
  }
}

/** Sends what is due when it is due; what is late goes in one write with what is due by then. */
async function sendByTheClock(
  { senders, workload }: Stage,
  tally: Tally,
  { sent, outcomes, isEven }: { sent: number; outcomes: Outcomes; isEven: boolean },
): Promise<void> {
  const { first, perSecond } = tally.schedule;
  const take = outcomes.take.bind(outcomes);
  const toFlush = new Set<Sender>();
  for (let index = first; index < first + sent;) {
    await until(tally.dueAt(index), 1_000 / perSecond >= EXACT_FROM_MS);
    const now = performance.now();
    for (; index < first + sent && tally.dueAt(index) <= now; index++) {
      const message = isEven ? workload.evenMessage(index) : workload.message(index);
      const sender = senders[message.sender];
      if (!sender) continue;
      sender.send(message, tally.dueAt(index), take);
      toFlush.add(sender);
    }
    for (const sender of toFlush) sender.flush();
    toFlush.clear();
  }
}

async function until(time: number, isExact: boolean): Promise<void> {
  const early = time - performance.now();
  if (!isExact) {
    // A timer that is given a fraction is early by it.
    if (early > 0) await delay(Math.ceil(early));
    return;
  }
  if (early > 2) await delay(Math.floor(early - 1));
  while (performance.now() < time) await turn();
}

function expectedOf(
  viewers: Viewers,
  { first, sent, rooms }: { first: number; sent: number; rooms: number },
): number {
  let expected = 0;
  for (let room = 0; room < rooms; room++) {
    // Of the messages from `first` on, the first one in this room is so many later.
    const later = (((room - first) % rooms) + rooms) % rooms;
    expected += Math.ceil((sent - later) / rooms) * viewers.inRoom(room);
  }
  return expected;
}

interface Waiting {
  tally: Tally;
  outcomes: Outcomes;
  stage: Stage;
  sent: number;
  expected: number;
  patienceMs: number;
}

/** Resolves when all is there, or nothing more is waited for. */
async function isOver(waiting: Waiting): Promise<void> {
  const { tally, outcomes, stage, sent, expected } = waiting;
  const endsAt = performance.now() + waiting.patienceMs;
  const [sender] = stage.senders;
  for (;;) {
    const refused = outcomes.settled - outcomes.acknowledged;
    // What is refused comes to nobody; how many would have seen it is known where rooms are alike.
    const missed = (expected / sent) * refused;
    const isAnswered = !sender?.isAnswered || outcomes.settled === sent;
    if (isAnswered && tally.deliveries + tally.omitted >= expected - missed) return;
    if (stage.viewers.count > 0 && stage.viewers.closed === stage.viewers.count) return;
    if (performance.now() > endsAt) return;
    await delay(LOOK_MS);
  }
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
