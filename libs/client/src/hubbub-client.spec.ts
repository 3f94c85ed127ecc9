import { WebSocket } from 'ws';
import { CLOSE_CODES } from '@hubbub/protocol/tables';
import { HubbubClient } from './hubbub-client';
import { Stage, until } from './testing/stage';
import type { ClientLog, ConnectionState, WebSocketConstructor } from './types';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

function statesOf(client: HubbubClient): ConnectionState[] {
  const states: ConnectionState[] = [];
  client.on('state', (state) => states.push(state));
  return states;
}
const isOpen = (client: HubbubClient) => until(() => client.state.status === 'open', 'open');

/** The delays that the client says it waits for. */
function delaysLogged(): { delays: number[]; log: ClientLog } {
  const delays: number[] = [];
  const info = (line: string) => {
    const delay = /again in (\d+) ms/.exec(line)?.[1];
    if (delay !== undefined) delays.push(Number(delay));
  };
  return { delays, log: { info } };
}

describe('connecting', () => {
  it('P4: is open with the welcome, and knows the user and the clock', async () => {
    const client = stage.client();
    const states = statesOf(client);
    expect(client.state).toEqual({ status: 'idle' });
    client.connect();
    client.connect();
    await isOpen(client);
    expect(states.map(({ status }) => status)).toEqual(['connecting', 'open']);
    expect(client.user).toEqual({ id: 'me', name: 'Me', role: 'user' });
    expect(Math.abs(client.clockOffsetMs)).toBeLessThan(10_000);
    expect(stage.peer.connections).toHaveLength(1);
    expect(stage.peer.latest.request.headers['sec-websocket-protocol']).toBe('hubbub.v1');
  });

  it('P2: takes the token in the address, and asks for it at each attempt', async () => {
    const tokens = ['first', null, 'third'];
    const client = stage.client({ token: () => Promise.resolve(tokens.shift() ?? null) });
    client.connect();
    for (const expected of ['/ws?token=first', '/ws', '/ws?token=third']) {
      await isOpen(client);
      expect(stage.peer.latest.request.url).toBe(expected);
      await stage.cutOff(client);
    }
  });

  it('P2: leaves the token to a connect factory, with headers for example', async () => {
    const client = stage.client({
      token: 'secret',
      connect: ({ url, protocols, token }) =>
        new WebSocket(url, protocols, { headers: { authorization: `Bearer ${String(token)}` } }),
    });
    client.connect();
    await isOpen(client);
    expect(stage.peer.latest.request.headers.authorization).toBe('Bearer secret');
    expect(stage.peer.latest.request.url).toBe('/ws');
  });

  it('turns http into ws', async () => {
    const client = stage.client({ url: stage.peer.url.replace('ws:', 'http:') });
    client.connect();
    await isOpen(client);
  });

  it('says what is missing where there is no WebSocket', () => {
    const known = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Reflect.deleteProperty(globalThis, 'WebSocket');
    try {
      const client = new HubbubClient({ url: stage.peer.url });
      expect(() => {
        client.connect();
      }).toThrow('ws package');
    } finally {
      if (known) Object.defineProperty(globalThis, 'WebSocket', known);
    }
  });

  it('tries again where the token source fails, and tells the error', async () => {
    let calls = 0;
    const client = stage.client({
      token: () => {
        if (++calls === 1) throw new Error('no token today');
        return 'token';
      },
    });
    const states = statesOf(client);
    client.connect();
    await isOpen(client);
    expect(stage.errors.map(({ message }) => message)).toEqual(['no token today']);
    expect(states[1]).toMatchObject({ status: 'waiting', reason: 'token' });
  });

  it('P2: a refused token (401) ends in "sign in", where the socket tells', async () => {
    stage.peer.refuseUpgrade = 401;
    const client = stage.client({ token: 'stale' });
    client.connect();
    await until(() => client.state.status === 'closed');
    expect(client.state).toMatchObject({ reason: 'sessionEnded', comeBack: 'after-sign-in' });
    stage.peer.refuseUpgrade = null;
    client.connect();
    await isOpen(client);
  });

  it('gives up an attempt that gets no welcome, and tries again', async () => {
    stage.peer.isWelcoming = false;
    const client = stage.client({ connectTimeoutMs: 40 });
    const states = statesOf(client);
    client.connect();
    await until(() => stage.peer.connections.length >= 3);
    stage.peer.isWelcoming = true;
    await isOpen(client);
    expect(states[1]).toMatchObject({ status: 'waiting', reason: 'timeout', attempt: 1 });
  });

  it('gives up an attempt whose token does not come', async () => {
    const client = stage.client({
      connectTimeoutMs: 30,
      token: () => new Promise(() => undefined),
    });
    const states = statesOf(client);
    client.connect();
    await until(() => states.some(({ status }) => status === 'waiting'));
    expect(states[1]).toMatchObject({ status: 'waiting', reason: 'timeout' });
  });
});

describe('coming back', () => {
  it('waits with full jitter, twice as long each time, and counts the attempts', async () => {
    await stage.peer.close();
    const { delays, log } = delaysLogged();
    const client = stage.client({ backoff: { firstMs: 4, maxMs: 32 }, random: () => 0.5, log });
    const states = statesOf(client);
    client.connect();
    await until(() => delays.length >= 6);
    expect(delays.slice(0, 6)).toEqual([2, 4, 8, 16, 16, 16]);
    const waiting = states.filter((state) => state.status === 'waiting');
    expect(waiting.map(({ attempt }) => attempt).slice(0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(waiting[0]?.reason).toBe('unreachable');
  });

  it.each([
    ['starts the backoff afresh after a good while', 20, [1, 1, 1, 1]],
    ['does not start the backoff afresh before', 600_000, [1, 2, 3, 4]],
  ])('%s', async (_, resetAfterMs, expected) => {
    const client = stage.client({ backoff: { firstMs: 1, maxMs: 2, resetAfterMs } });
    const attempts: number[] = [];
    client.on('state', (state) => {
      if (state.status === 'connecting') attempts.push(state.attempt);
    });
    client.connect();
    for (let i = 0; i < 3; i++) {
      await isOpen(client);
      const openedAt = performance.now();
      await until(() => performance.now() - openedAt > 100, 'a while');
      await stage.cutOff(client);
    }
    await isOpen(client);
    expect(attempts).toEqual(expected);
  });

  it.each(Object.entries(CLOSE_CODES))('close code by its table: %s', async (name, row) => {
    const client = stage.client();
    const states = statesOf(client);
    client.connect();
    await isOpen(client);
    stage.peer.closeAll(row.code);
    if (row.comeBack === 'backoff') {
      await until(() => states.length >= 5);
      expect(states[2]).toMatchObject({ status: 'waiting', reason: name });
      await isOpen(client);
      return;
    }
    await until(() => client.state.status === 'closed');
    expect(client.state).toEqual({ status: 'closed', reason: name, comeBack: row.comeBack });
    client.retryNow();
    expect(client.state.status).toBe('closed');
    client.connect();
    await isOpen(client);
    expect(stage.peer.connections).toHaveLength(2);
  });

  it('P16: comes back after the time that a drain names, and a spread', async () => {
    const { delays, log } = delaysLogged();
    const client = stage.client({ backoff: { firstMs: 10 }, random: () => 0.5, log });
    const notices: number[] = [];
    client.on('notice', ({ reconnectInMs }) => notices.push(reconnectInMs));
    client.connect();
    await isOpen(client);
    stage.peer.latest.write({ event: 'notice', data: { code: 'drain', reconnectInMs: 150 } });
    await until(() => notices.length === 1);
    const closedAt = performance.now();
    stage.peer.closeAll(1012);
    await until(() => client.state.status === 'waiting');
    await isOpen(client);
    expect(performance.now() - closedAt).toBeGreaterThan(150);
    expect(delays).toEqual([155]);
  });

  it('retryNow makes the waiting attempt at once', async () => {
    const client = stage.client({ backoff: { firstMs: 1_000_000, maxMs: 1_000_000 } });
    client.connect();
    await isOpen(client);
    await stage.cutOff(client);
    client.retryNow();
    await isOpen(client);
  });
});

describe('a connection that died in silence', () => {
  it('P5: is asked after heartbeatMs without a frame, given up, and made anew', async () => {
    stage.peer.heartbeatMs = 60;
    const client = stage.client({ pongTimeoutMs: 30 });
    const states = statesOf(client);
    client.connect();
    await isOpen(client);
    stage.peer.latest.isSilent = true;
    await until(() => states.some(({ status }) => status === 'waiting'));
    expect(states[2]).toMatchObject({ reason: 'silent' });
    await until(() => stage.peer.requestsOf('ping').length > 0);
    await isOpen(client);
  });

  it('is kept where the gateway answers, and the clock is set by the answer', async () => {
    stage.peer.heartbeatMs = 20;
    const client = stage.client();
    client.connect();
    await until(() => stage.peer.requestsOf('ping').length >= 3);
    expect(stage.peer.connections).toHaveLength(1);
    expect(Math.abs(client.clockOffsetMs)).toBeLessThan(10_000);
  });

  it('is not asked while frames come', async () => {
    stage.peer.heartbeatMs = 200;
    const { seen } = await stage.joined();
    const startedAt = performance.now();
    await until(() => {
      stage.peer.room('stage').append();
      return performance.now() - startedAt > 500;
    }, 'half a second');
    await until(() => seen.last === stage.peer.room('stage').head);
    expect(stage.peer.requestsOf('ping')).toHaveLength(0);
  });

  it('retryNow asks at once', async () => {
    const client = stage.client({ pongTimeoutMs: 20 });
    client.connect();
    await isOpen(client);
    const states = statesOf(client);
    stage.peer.latest.isSilent = true;
    client.retryNow();
    await until(() => states.length > 0);
    expect(states[0]).toMatchObject({ status: 'waiting', reason: 'silent' });
  });
});

describe('closing', () => {
  it('closes the socket, stays closed, and connects again when told', async () => {
    const { client, room, seen } = await stage.joined();
    stage.peer.judge = () => 'silence';
    const waiting = room.history();
    await client.close();
    await expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await expect(room.history()).rejects.toMatchObject({ code: 'closed' });
    expect(client.state).toEqual({ status: 'closed', reason: 'closed-by-app', comeBack: 'no' });
    await until(() => stage.peer.latest.socket.readyState === WebSocket.CLOSED);
    stage.peer.judge = () => 'answer';
    stage.peer.room('stage').append(3);
    client.connect();
    await until(() => seen.last === 3);
  });

  it('ends an attempt that is going on', async () => {
    const opened: WebSocket[] = [];
    const client = stage.client({
      connect: ({ url, protocols }) => {
        const socket = new WebSocket(url, protocols);
        opened.push(socket);
        return socket;
      },
    });
    client.connect();
    await until(() => opened.length === 1);
    await client.close();
    await until(() => opened[0]?.readyState === WebSocket.CLOSED);
    expect(client.state.status).toBe('closed');
  });

  it('does not hang on a peer that does not close', async () => {
    const client = stage.client();
    client.connect();
    await isOpen(client);
    stage.peer.latest.socket.pause();
    await client.close();
    expect(client.state.status).toBe('closed');
  });
});

describe('what should not happen', () => {
  it('passes over an event that is not known, and reports a frame that makes no sense', async () => {
    const { seen } = await stage.joined();
    const { latest } = stage.peer;
    latest.write({ event: 'confetti', data: { room: 'stage' } });
    latest.socket.send('{');
    latest.socket.send(Buffer.from([1, 2]));
    latest.write({ event: 'log', data: { room: 'stage', from: 1, to: 'x', entries: [] } });
    latest.write({ event: 'log', data: { room: 'elsewhere', from: 1, to: 1, entries: [] } });
    latest.write({ event: 'error', id: null, data: { code: 'bad_frame', message: 'no' } });
    latest.write({ event: 'ok', id: 999, data: {} });
    stage.peer.room('stage').append();
    await until(() => seen.last === 1);
    expect(stage.errors).toHaveLength(4);
  });

  it('a listener that throws stops nobody else', async () => {
    const { room, seen } = await stage.joined();
    const more: number[] = [];
    room.on('entries', () => {
      throw new Error('listener');
    });
    room.on('entries', ([entry]) => more.push(entry?.seq ?? 0));
    stage.peer.room('stage').append();
    stage.peer.room('stage').append();
    await until(() => seen.last === 2 && more.length === 2);
    expect(stage.errors.map(({ message }) => message)).toEqual(['listener', 'listener']);
  });

  it('logs an error to which nobody listens', async () => {
    const lines: string[] = [];
    const client = new HubbubClient({
      url: stage.peer.url,
      WebSocket: WebSocket satisfies WebSocketConstructor,
      log: { error: (message) => lines.push(message) },
    });
    client.connect();
    await isOpen(client);
    stage.peer.latest.socket.send('{');
    await until(() => lines.length === 1);
    await client.close();
  });
});
