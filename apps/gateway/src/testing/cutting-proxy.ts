import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Hands bytes on to a server on this machine, and cuts a connection where it is told to. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isPartitioned = false;
  #cut: { text: string; passOn: boolean } | undefined;
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
   * the client never hears of it.
   */
  cutAt(text: string, passOn: boolean): void {
    this.#cut = { text, passOn };
  }

  /** As a network that is gone: from here on neither side hears anything of the other, not even that it ends. */
  partition(): void {
    this.#isPartitioned = true;
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
    server.on('data', (bytes: Buffer) => {
      if (!this.#isPartitioned) client.write(bytes);
    });
    client.on('data', (bytes: Buffer) => {
      if (this.#isPartitioned) return;
      const cut = this.#cut;
      if (!cut || !bytes.includes(cut.text)) {
        server.write(bytes);
        return;
      }
      this.#cut = undefined;
      this.cuts++;
      if (cut.passOn) server.end(bytes);
      else server.destroy();
      client.destroy();
    });
  }
}
