import WebSocket from 'ws';
import { SUBPROTOCOL } from '@hubbub/protocol';
import type { Person } from '../testing/api';
import { Bed } from '../testing/bed';
import { Cluster } from '../testing/cluster';
import { LogView } from '../testing/log-view';
import { newKey, socketUrl, type RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';
import { metricsOf } from '../testing/metrics';

jest.setTimeout(120_000);

const BUDGET = 40;
const FLOODERS = 6;
/** Of each of them, unacknowledged. */
const IN_FLIGHT = 64;
const MESSAGES = 30_000;

const beds: Bed[] = [];
const floods: Flooder[] = [];
let thinned: Cluster;

beforeAll(async () => {
  thinned = await Cluster.start({ env: { VIEWER_BUDGET: String(BUDGET) } });
}, 300_000);
afterEach(async () => {
  for (const flooder of floods.splice(0)) flooder.ws.terminate();
  for (const bed of beds.splice(0)) await bed.clear();
});
afterAll(() => thinned.stop(), 60_000);

async function bedOf(cluster: Cluster): Promise<Bed> {
  await cluster.isWhole();
  const bed = new Bed(cluster);
  beds.push(bed);
  return bed;
}

/**
 * Says things as fast as they are acknowledged, and others instead of those that it is told to say later. It reads no more of a frame
 * than that costs little.
 */
class Flooder {
  readonly ws: WebSocket;
  isJoined = false;
  acknowledged = 0;
  omitted = 0;
  to = 0;
  private sent = 0;
  private inFlight = 0;
  private wanted = 0;

  constructor(
    url: string,
    private readonly room: string,
    private readonly who: Person,
  ) {
    this.ws = new WebSocket(socketUrl(url), [SUBPROTOCOL], {
      headers: { authorization: `Bearer ${who.token}` },
    });
    this.ws.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.startsWith('{"event":"log"')) {
        this.to = Number(/"to":(\d+)/.exec(text)?.[1]);
        this.omitted += Number(/"omitted":(\d+)\}\}$/.exec(text)?.[1] ?? 0);
      } else if (text.includes('"key":')) {
        this.acknowledged++;
        this.inFlight--;
      } else if (text.startsWith('{"event":"error"')) {
        setTimeout(
          () => {
            this.inFlight--;
            this.send();
          },
          Number(/"retryAfterMs":(\d+)/.exec(text)?.[1]),
        ).unref();
      } else if (text.includes('"head":')) this.isJoined = true;
      if (this.wanted > 0) this.send();
    });
    this.ws.on('open', () => {
      this.ws.send(JSON.stringify({ event: 'join', id: 1, data: { room } }));
    });
  }

  flood(count: number): void {
    this.wanted += count;
    this.send();
  }

  get isDone(): boolean {
    return this.acknowledged === this.wanted;
  }

  private send(): void {
    const { room, who } = this;
    while (this.inFlight < Math.min(IN_FLIGHT, this.wanted - this.acknowledged)) {
      this.inFlight++;
      const data = { room, key: newKey(), text: `${who.name} ${String(this.sent++)}` };
      this.ws.send(JSON.stringify({ event: 'send', id: this.sent + 1, data }));
    }
  }
}

async function joined(bed: Bed, gateway: number, room: string, who?: Person) {
  const client = await bed.open(gateway, who && { token: who.token });
  return { client, view: await LogView.follow(client, room, 0) };
}

async function flooders(bed: Bed, room: string): Promise<Flooder[]> {
  const all = await Promise.all(
    Array.from({ length: FLOODERS }, async (_, i) => {
      const flooder = new Flooder(bed.at(i % 3), room, await bed.api.bot());
      floods.push(flooder);
      return flooder;
    }),
  );
  await waitFor(() => all.every((flooder) => flooder.isJoined), {
    what: 'the flooders have joined',
  });
  return all;
}

async function omittedBy(gateway: string): Promise<number> {
  const metric = await metricsOf(gateway);
  return metric('hubbub_omitted_total');
}

it('P11: in a room of thousands a second everybody is given what a screen holds, what concerns them, and the true number of the rest', async () => {
  const bed = await bedOf(thinned);
  const owner = await bed.api.account();
  const room = await bed.api.room(owner);
  const anonymous = await Promise.all(
    [0, 1, 2, 0, 1, 2].map((gateway) => joined(bed, gateway, room)),
  );
  const talker = await bed.api.bot();
  const talkers = await Promise.all([0, 1].map((gateway) => joined(bed, gateway, room, talker)));
  const named = await bed.api.guest('Big Bird 小明');
  const called = await joined(bed, 2, room, named);
  const keeper = await joined(bed, 0, room, owner);
  const caller = await joined(bed, 1, room, await bed.api.bot());
  const all = await flooders(bed, room);

  const saying = async (client: RawClient, text: string, kept: number[]) => {
    kept.push((await client.say(room, text)).seq);
  };
  const own: number[] = [];
  const mentions: number[] = [];
  const owners: number[] = [];
  const startedAt = performance.now();
  for (const flooder of all) flooder.flood(MESSAGES / FLOODERS);
  while (!all.every(({ isDone }) => isDone)) {
    await Promise.all([
      saying(talkers[0]!.client, 'what I say', own),
      saying(caller.client, 'hey @big bird 小明你好', mentions),
      owners.length < 15 ? saying(keeper.client, 'be quiet', owners) : null,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  // What is no message passes as well.
  const target = own[0] ?? 0;
  const deleted = await keeper.client.ok('delete', { room, seq: target });
  owners.push(deleted.seq);
  const head = deleted.seq;
  const views = [...anonymous, ...talkers, called, caller, keeper].map(({ view }) => view);
  await waitFor(
    () => [...views.map((it) => it.cursor), ...all.map((it) => it.to)].every((to) => to >= head),
    {
      what: 'everybody is told of everything',
      timeoutMs: 30_000,
    },
  );

  expect(MESSAGES / seconds).toBeGreaterThan(1_000);
  expect(mentions.length).toBeGreaterThan(5);
  for (const view of views) {
    view.assertSound();
    expect(view.entries.size + view.omitted).toBe(head);
    for (const seq of owners) expect(view.entries.has(seq)).toBe(true);
  }
  for (const { view } of talkers) for (const seq of own) expect(view.entries.has(seq)).toBe(true);
  for (const seq of mentions) expect(called.view.entries.has(seq)).toBe(true);
  for (const { view } of anonymous) {
    expect(view.entries.size).toBeLessThanOrEqual(BUDGET * (seconds + 2) + owners.length);
    // A gateway that stands still for a moment gives nothing meanwhile, and afterwards no more than for a second of that.
    expect(view.entries.size).toBeGreaterThan(BUDGET * seconds * 0.5);
  }
  // One choice for all of a gateway.
  for (const i of [0, 1, 2]) {
    expect([...anonymous[i]!.view.entries.keys()]).toEqual([
      ...anonymous[i + 3]!.view.entries.keys(),
    ]);
  }
  const told = [...views, ...all].reduce((sum, { omitted }) => sum + omitted, 0);
  const counted = await Promise.all(thinned.gateways.map(omittedBy));
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(told);
  // All of it is in the log.
  const first = anonymous[0]!;
  const some = await first.client.ok('history', { room, after: head - 200, limit: 200 });
  expect(some.entries).toHaveLength(200);
});

it('G3: without a budget everybody is given everything', async () => {
  const bed = await bedOf(await Cluster.shared());
  const room = await bed.api.room(await bed.api.account());
  const viewers = await Promise.all([0, 1, 2].map((gateway) => joined(bed, gateway, room)));
  const all = await flooders(bed, room);
  const count = 6_000;
  for (const flooder of all) flooder.flood(count / FLOODERS);
  await waitFor(() => viewers.every(({ view }) => view.cursor >= count), {
    what: 'all came',
    timeoutMs: 60_000,
  });
  for (const { view } of viewers) {
    view.assertComplete(1, count);
    expect(view.omitted).toBe(0);
  }
});
