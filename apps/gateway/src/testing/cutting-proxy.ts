import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Hands bytes on to a server on this machine, and cuts a connection where it is told to. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isPartitioned = false;
  #isHeld = false;
  #delayMs = 0;
  #cut: { text: string; passOn: boolean; endsAfterMs: number } | undefined;
  /** How many connections were cut. */
  cuts = 0;

  private constructor(private readonly targetPort: number) {
    this.#server = createServer((client) => {
      this.#serve(client);
    });
  }

  static async start(targetPort: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * The next bytes from a client in which `text` occurs are the last of their connection: the server gets them (`passOn`) or not,
   * the client never hears of it. After `endsAfterMs` it hears that its connection has ended.
   */
  cutAt(text: string, passOn: boolean, endsAfterMs = 0): void {
    this.#cut = { text, passOn, endsAfterMs };
  }

  /** As a network that is gone: from here on neither side hears anything of the other, not even that it ends. */
  partition(): void {
    this.#isPartitioned = true;
  }

  /** As a path that loses every packet: connections stay, and carry nothing until `release`, which loses nothing of what was sent. */
  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  release(): void {
    this.#isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** From here on every byte takes this long, each way; what is on its way already is not overtaken. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const server = connect(this.targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (!this.#isPartitioned) other.end();
      });
    }
    const answer = this.#late((bytes) => client.write(bytes));
    const ask = this.#late((bytes) => server.write(bytes));
    let isCut = false;
    server.on('data', (bytes: Buffer) => {
      if (!this.#isPartitioned && !isCut) answer(bytes);
    });
    client.on('data', (bytes: Buffer) => {
      if (this.#isPartitioned || isCut) return;
      const cut = this.#cut;
      if (!cut || !bytes.includes(cut.text)) {
        ask(bytes);
        return;
      }
      this.#cut = undefined;
      this.cuts++;
      isCut = true;
      if (cut.passOn) server.end(bytes);
      else server.destroy();
      if (cut.endsAfterMs === 0) client.destroy();
      else setTimeout(() => client.destroy(), cut.endsAfterMs);
    });
    if (this.#isHeld) this.hold();
  }

  /** `write`, each time as late as is said then, in order. */
  #late(write: (bytes: Buffer) => void): (bytes: Buffer) => void {
    let dueAt = 0;
    return (bytes) => {
      const now = performance.now();
      dueAt = Math.max(dueAt, now + this.#delayMs);
      if (dueAt <= now) write(bytes);
      else setTimeout(write, Math.ceil(dueAt - now), bytes);
    };
  }
}
