/** An editor as the server sees one: messages of the language server protocol over the standard streams of a real process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';

const message = z.looseObject({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
type Message = z.infer<typeof message>;

const published = z.object({
  uri: z.string(),
  diagnostics: z.array(z.looseObject({ code: z.string(), message: z.string(), range: z.unknown() })),
});
export type Published = z.infer<typeof published>;

/** Line and column from 0, as editors count. */
export interface At {
  readonly line: number;
  readonly character: number;
}

export class Client {
  readonly #server: ChildProcess;
  readonly #folder: string;
  readonly #ended: Promise<number | null>;
  readonly #answers = new Map<number, (answer: Message) => void>();
  readonly #published: Published[] = [];
  #waiting: (() => void)[] = [];
  #rest = Buffer.alloc(0);
  #next = 1;

  constructor(folder: string) {
    this.#folder = folder;
    const program = join(import.meta.dirname, '../../dist/gonogo.cjs');
    this.#server = spawn(process.execPath, [program, 'lsp', '--stdio'], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#server.stdout?.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#ended = new Promise((resolve) => this.#server.on('exit', resolve));
  }

  uri(name: string): string {
    return pathToFileURL(join(this.#folder, name)).href;
  }

  /** The exit code of the server. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Bytes as they are, whatever they say. */
  raw(text: string): void {
    this.#server.stdin?.write(text);
  }

  hangUp(): void {
    this.#server.stdin?.end();
  }

  tell(method: string, params: unknown): void {
    this.#send({ jsonrpc: '2.0', method, params });
  }

  /** Resolves with the result; rejects with the message of an error. */
  async ask(method: string, params: unknown): Promise<unknown> {
    const id = this.#next;
    this.#next += 1;
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.#send({ jsonrpc: '2.0', id, method, params });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(error.message);
    return result;
  }

  async begin(): Promise<unknown> {
    const result = await this.ask('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(this.#folder).href,
      capabilities: { textDocument: { completion: { completionItem: { snippetSupport: false } } } },
    });
    this.tell('initialized', {});
    return result;
  }

  open(name: string, text: string): void {
    this.tell('textDocument/didOpen', {
      textDocument: { uri: this.uri(name), languageId: 'yaml', version: 1, text },
    });
  }

  /** Replaces the whole text. */
  change(name: string, version: number, text: string): void {
    this.tell('textDocument/didChange', {
      textDocument: { uri: this.uri(name), version },
      contentChanges: [{ text }],
    });
  }

  /** One request about a place in a document. */
  at(method: string, name: string, position: At, more: object = {}): Promise<unknown> {
    return this.ask(`textDocument/${method}`, { textDocument: { uri: this.uri(name) }, position, ...more });
  }

  /** The next diagnostics of `name` that `wanted` accepts. */
  async problems(
    name: string,
    wanted: (found: Published['diagnostics']) => boolean,
  ): Promise<Published['diagnostics']> {
    for (;;) {
      const found = this.#published.find(({ uri, diagnostics }) => uri === this.uri(name) && wanted(diagnostics));
      if (found !== undefined) return found.diagnostics;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async end(): Promise<number | null> {
    await this.ask('shutdown', null);
    this.tell('exit', null);
    return this.#ended;
  }

  #send(value: unknown): void {
    const text = JSON.stringify(value);
    this.raw(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const head = this.#rest.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#rest.subarray(0, Math.max(0, head)).toString())?.[1]);
      if (head === -1 || this.#rest.length < head + 4 + length) return;
      const body = this.#rest.subarray(head + 4, head + 4 + length).toString();
      this.#rest = this.#rest.subarray(head + 4 + length);
      this.#take(message.parse(JSON.parse(body)));
    }
  }

  #take(received: Message): void {
    if (received.method === 'textDocument/publishDiagnostics') {
      this.#published.push(published.parse(received.params));
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    }
    if (typeof received.id === 'number' && received.method === undefined) this.#answers.get(received.id)?.(received);
  }
}
