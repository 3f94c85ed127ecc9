import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../testing/wait-for';
import { serve } from '../../testing/worker-process';
import { Observations } from './observations';
import { Viewer } from './viewer';
import { Command, type Looked } from './wire';

/** Viewers of the SDK, as many as are asked for: a process of its own, so that what it costs is not what the cluster costs. */
const observations = new Observations();
const viewers: Viewer[] = [];

const STEP_MS = 50;

async function open({
  doors,
  rooms,
  viewers: count,
  perSecond,
}: Extract<Command, { do: 'open' }>): Promise<null> {
  const first = viewers.length;
  const perStep = Math.ceil((perSecond * STEP_MS) / 1_000);
  for (let i = 0; i < count; i++) {
    const door = doors[i % doors.length] ?? '';
    const room = rooms[Math.floor(i / doors.length) % rooms.length] ?? '';
    viewers.push(new Viewer(door, room, observations));
    if (i % perStep === perStep - 1) await delay(STEP_MS);
  }
  await waitFor(() => viewers.slice(first).every(({ isJoined }) => isJoined), {
    what: 'all viewers have joined',
    timeoutMs: 60_000,
    everyMs: 50,
  });
  return null;
}

function look(heads: Record<string, number>): Looked {
  const joined = viewers.filter(({ isJoined }) => isJoined);
  const here = viewers.flatMap(({ gateway }) => gateway ?? []);
  return {
    joined: joined.length,
    upToDate: joined.filter((it) => it.has(heads[it.slug] ?? 0)).length,
    gateways: counted(here),
    rooms: counted(joined.map(({ slug }) => slug)),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'open':
      return open(command);
    case 'begin':
      observations.begin();
      return null;
    case 'look':
      return look(command.heads);
    case 'tell':
      return observations.tell();
    case 'close':
      await Promise.all(viewers.splice(0).map((it) => it.close()));
      return null;
  }
}

serve((command) => run(Command.parse(command)));
