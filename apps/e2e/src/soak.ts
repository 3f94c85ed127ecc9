import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { HubbubClient, type Room } from '@hubbub/client';
import type { Entry } from '@hubbub/protocol';
import { inMs, runScript } from './script';
import { Api, unique } from './testing/api';
import type { Cluster } from './testing/cluster';
import { readLog, type KeptEntry } from './testing/database';
import { kill } from './testing/processes';
import { socketUrl } from './testing/raw-client';
import { waitFor } from './testing/wait-for';

/** A reader's view: the sequence of what it was given, each compared with what the others were given. */
class Reader {
  readonly seqs: number[] = [];
  resumes = 0;
  /** Entries that it was told it was not given, and has read from history. */
  paged = 0;
  worstSilenceMs = 0;
  readonly problems: string[] = [];
  readonly room: Room;
  private givenAt: number | null = null;
  private paging = Promise.resolve();

  constructor(
    readonly name: string,
    readonly client: HubbubClient,
    slug: string,
    private readonly everybodys: Map<number, string>,
  ) {
    let opened = 0;
    client.on('state', ({ status }) => {
      if (status === 'open' && ++opened > 1) this.resumes++;
    });
    client.on('error', (error) => this.problems.push(`${this.name}: ${error.message}`));
    this.room = client.join(slug, {
      after: 0,
      onEntries: (entries) => {
        this.given();
        for (const entry of entries) this.take(entry);
      },
      onGap: ({ from, to }) => {
        this.paging = this.paging.then(() => this.page(from, to));
      },
      onReset: () => this.problems.push(`${this.name} was told to start over`),
    });
  }

  get isJoined(): boolean {
    return this.room.state.status === 'joined';
  }

  get last(): number {
    return this.seqs.at(-1) ?? 0;
  }

  /** From here on nobody talks: silence is no news. */
  rest(): void {
    this.given();
    this.givenAt = null;
  }

  async settled(): Promise<void> {
    await this.paging;
  }

  private given(): void {
    const now = performance.now();
    if (this.givenAt !== null)
      this.worstSilenceMs = Math.max(this.worstSilenceMs, now - this.givenAt);
    this.givenAt = now;
  }

  private take(entry: Entry): void {
    this.compare(entry);
    if (entry.seq <= this.last)
      this.problems.push(`${this.name}: ${String(entry.seq)} after ${String(this.last)}`);
    this.seqs.push(entry.seq);
  }

  private compare(entry: Entry): void {
    const text = JSON.stringify(entry);
    const known = this.everybodys.get(entry.seq);
    if (known === undefined) this.everybodys.set(entry.seq, text);
    else if (known !== text) this.problems.push(`${this.name}: ${text} where others have ${known}`);
  }

  private async page(from: number, to: number): Promise<void> {
    for (let after = from - 1; after < to;) {
      const { entries } = await this.room.history({ after, limit: 200 });
      const missing = entries.filter(({ seq }) => seq <= to);
      if (missing.length === 0) return;
      for (const entry of missing) this.compare(entry);
      // Those that it has been given are there already.
      const known = new Set(this.seqs);
      const fresh = missing.map(({ seq }) => seq).filter((seq) => !known.has(seq));
      this.seqs.push(...fresh);
      this.seqs.sort((a, b) => a - b);
      this.paged += fresh.length;
      after = missing.at(-1)?.seq ?? to;
    }
  }
}

interface Said {
  key: string;
  seq: number;
  text: string;
}

/** Says something every `everyMs` on average, each thing after the `ok` of the one before, until it is told to stop. */
async function talk(reader: Reader, everyMs: number, state: { isOver: boolean }): Promise<Said[]> {
  const said: Said[] = [];
  while (!state.isOver) {
    const key = `soak-${unique()}`;
    const text = `${reader.name}: ${String(said.length)}`;
    const { seq } = await reader.room.send({ key, text }).done;
    said.push({ key, seq, text });
    await delay(everyMs * (0.5 + Math.random()));
  }
  return said;
}

/** What is wrong with the log as it is kept: numbers, keys, and what was acknowledged. */
function checkLog(log: KeptEntry[], said: Said[]): string[] {
  const problems: string[] = [];
  log.forEach(({ seq }, i) => {
    if (seq !== i + 1) problems.push(`the log has ${String(seq)} in place ${String(i + 1)}`);
  });
  const keys = new Map<string, KeptEntry>();
  for (const entry of log) {
    const key = `${entry.userId} ${entry.key}`;
    if (keys.has(key)) problems.push(`${key} is in the log twice`);
    keys.set(key, entry);
  }
  for (const { key, seq, text } of said) {
    const kept = log[seq - 1];
    if (kept?.key !== key || (JSON.parse(kept.body) as { text?: string }).text !== text) {
      problems.push(`${String(seq)} was acknowledged as "${text}" and is not that`);
    }
  }
  if (log.length !== said.length) {
    problems.push(`${String(said.length)} were acknowledged, the log has ${String(log.length)}`);
  }
  return problems;
}

async function kills(
  cluster: Cluster,
  ms: number,
  progress: (text: string) => void,
): Promise<void> {
  await delay(ms / 3);
  progress('kill -9 of a gateway');
  kill(cluster.pid(1));
  await delay(ms / 3);
  progress('kill -9 of Redis; it is started again');
  kill(cluster.pid('redis'));
  await delay(ms / 3);
}

/**
 * People talk through three gateways for a while; one gateway is killed, and Redis is started anew. At the end everything that
 * was acknowledged is in the database once, and in every reader's view once, in one order.
 */
await runScript(
  {
    command: 'npx nx soak e2e',
    numbers: { seconds: 120, readers: 50, writers: 20, everyMs: 200 },
    cluster: { gateways: 3 },
  },
  async ({ cluster, number, progress }) => {
    const api = new Api(cluster.url, cluster.adminToken);
    const slug = await api.room(await api.account());
    const everybodys = new Map<number, string>();
    const open = (name: string, token?: string) => {
      const client = new HubbubClient({
        url: socketUrl(cluster.url),
        WebSocket,
        log: {},
        ...(token !== undefined && { token }),
      });
      client.connect();
      return new Reader(name, client, slug, everybodys);
    };
    const writers: Reader[] = [];
    for (let i = 0; i < number('writers'); i++) {
      writers.push(open(`writer ${String(i)}`, (await api.bot()).token));
    }
    const readers = Array.from({ length: number('readers') }, (_, i) =>
      open(`reader ${String(i)}`),
    );
    const all = [...readers, ...writers];
    await waitFor(() => all.every((it) => it.isJoined), {
      what: 'all have joined',
      timeoutMs: 30_000,
    });
    const state = { isOver: false };
    const talking = Promise.all(writers.map((it) => talk(it, number('everyMs'), state)));
    const timer = setInterval(() => {
      progress(`${String(Math.max(...all.map(({ last }) => last)))} entries`);
    }, 10_000);
    await kills(cluster, number('seconds') * 1000, progress);
    state.isOver = true;
    const said = (await talking).flat();
    for (const reader of all) reader.rest();
    clearInterval(timer);
    progress('everybody catches up');
    const head = Math.max(...said.map(({ seq }) => seq));
    const problems: string[] = [];
    await waitFor(() => all.every(({ last }) => last >= head), {
      what: 'all have seen all',
      timeoutMs: 60_000,
    }).catch((error: unknown) => problems.push(String(error)));
    for (const reader of all) await reader.settled();
    const log = await readLog(cluster.mysql, slug);
    problems.push(...checkLog(log, said));
    for (const reader of all) {
      problems.push(...reader.problems);
      const isWhole =
        reader.seqs.length === log.length && reader.seqs.every((seq, i) => seq === i + 1);
      if (!isWhole)
        problems.push(`${reader.name} has ${String(reader.seqs.length)} of ${String(log.length)}`);
    }
    for (const { client } of all) await client.close();
    const sum = (of: (reader: Reader) => number) => all.reduce((total, it) => total + of(it), 0);
    return {
      rows: [
        ['acknowledged', String(said.length)],
        ['in the database', String(log.length)],
        ['views that have all of it, once and in order', `${String(all.length)} checked`],
        ['given to views', String(sum(({ seqs }) => seqs.length))],
        ['of them read from history after a gap was told', String(sum(({ paged }) => paged))],
        ['resumes', String(sum(({ resumes }) => resumes))],
        [
          'longest silence of a view while people talk',
          inMs(Math.max(...all.map((it) => it.worstSilenceMs))),
        ],
      ],
      problems,
    };
  },
);
