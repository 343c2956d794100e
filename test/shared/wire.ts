/** A line between gonogo and its server that can be cut at any byte, and held. */
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';

export type Direction = 'asked' | 'answered';

export class Wire {
  readonly port: number;
  readonly #server: NetServer;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #cut: { readonly direction: Direction; readonly after: number } | null = null;
  /** Answers wait from the moment that a question holds these bytes on. */
  #holdAt: Buffer | null = null;
  #held: (() => void)[] | null = null;
  /** Bytes that went each way on the newest line. */
  readonly passed: Record<Direction, number> = { asked: 0, answered: 0 };

  private constructor(server: NetServer, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async to(target: number, at = '127.0.0.1'): Promise<Wire> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, at, done));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const proxy = new Wire(server, address.port);
    server.on('connection', (client) => proxy.#join(client, connect(target, '127.0.0.1')));
    return proxy;
  }

  /** The next line is cut when `after` bytes have gone that way: what comes after them is lost, and both ends are told. */
  cutNext(direction: Direction, after: number): void {
    this.#cut = { direction, after };
  }

  /** Cuts all lines now. */
  drop(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** From the question on that holds `text` in a bytea, nothing is answered until `release`. */
  holdAt(text: string): void {
    this.#holdAt = Buffer.from(Buffer.from(text).toString('hex'));
  }

  get holds(): boolean {
    return this.#held !== null;
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const pass of held) pass();
  }

  close(): void {
    this.drop();
    this.#server.close();
  }

  #join(client: Socket, server: Socket): void {
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const cut = this.#cut;
    this.#cut = null;
    this.passed.asked = 0;
    this.passed.answered = 0;
    const end = (): void => {
      this.#pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    const carry = (direction: Direction, from: Socket, to: Socket): void => {
      let left = cut?.direction === direction ? cut.after : Number.POSITIVE_INFINITY;
      from.on('data', (bytes: Buffer) => {
        const passing = bytes.subarray(0, left);
        left -= passing.length;
        this.passed[direction] += passing.length;
        if (direction === 'asked' && this.#holdAt !== null && bytes.includes(this.#holdAt)) {
          this.#holdAt = null;
          this.#held = [];
        }
        const pass = (): void => {
          to.write(passing, () => (left === 0 ? end() : undefined));
        };
        if (direction === 'answered' && this.#held !== null) this.#held.push(pass);
        else pass();
      });
      from.on('close', end);
      from.on('error', end);
    };
    carry('asked', client, server);
    carry('answered', server, client);
  }
}
