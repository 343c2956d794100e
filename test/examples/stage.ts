/** A folder to run examples in, the built command, and small services on 127.0.0.1. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { assertHonest } from '../journals/honest.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
const examples = fileURLToPath(new URL('../../runbooks/examples/', import.meta.url));

const shownSchema = z.looseObject({
  status: z.string(),
  vars: z.record(z.string(), z.string()),
  steps: z.array(
    z.looseObject({
      id: z.string(),
      title: z.string(),
      status: z.string(),
      visits: z.int(),
      reason: z.string().nullable(),
      note: z.string().nullable(),
    }),
  ),
  rollback: z.looseObject({ plan: z.array(z.string()), done: z.array(z.string()) }),
  obligations: z.array(
    z.looseObject({ step: z.string(), text: z.string(), status: z.string(), by: z.string().nullable() }),
  ),
  approvals: z.array(z.looseObject({ step: z.string(), by: z.string() })),
});
export type Shown = z.infer<typeof shownSchema>;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** It is never sent. */
  readonly withheld?: true;
}

export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'gonogo-example-'));
  /** Where the command is started. */
  readonly cwd: string;
  readonly #servers: Server[] = [];

  /** What of the environment the commands of a run see besides this process's. */
  readonly env: Record<string, string> = {};

  /** `within`: the folder in it in which the command is started, which is made. */
  constructor(within = '') {
    this.cwd = join(this.folder, within);
    mkdirSync(this.cwd, { recursive: true });
  }

  async dispose(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
    try {
      assertHonest(this.path('state'));
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string, mode = 0o644): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Serves `answer` on 127.0.0.1 and gives the address of it. */
  async serve(answer: (method: string, path: string, body: string) => Reply): Promise<string> {
    const server = createServer((request, response) => {
      textOf(request)
        .then((body) => {
          const reply = answer(request.method ?? '', request.url ?? '', body);
          if (reply.withheld === true) return;
          response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
          response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
        })
        .catch(() => response.destroy());
    });
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  }

  /** `gonogo` with `words`, in the folder. */
  async gonogo(...words: readonly string[]): Promise<Ended> {
    const env = { ...process.env, GONOGO_STATE: this.path('state'), ...this.env };
    return new Promise((resolve) => {
      execFile(process.execPath, [gonogo, ...words], { cwd: this.cwd, env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** Runs an example without a terminal. `answers`: the text of an answers file in place of the one beside it. */
  async example(name: string, vars: Readonly<Record<string, string>>, answers?: string): Promise<Ended> {
    const file = answers === undefined ? join(examples, `${name}.answers.yaml`) : this.write('answers.yaml', answers);
    return this.headless(join(examples, `${name}.yaml`), vars, file);
  }

  /** Runs a document of the folder, or one by its absolute path. */
  async headless(file: string, vars: Readonly<Record<string, string>> = {}, answers?: string): Promise<Ended> {
    const flags = Object.entries(vars).flatMap(([key, value]) => ['--var', `${key}=${value}`]);
    const more = answers === undefined ? [] : ['--answers', answers];
    return this.gonogo('run', file, '--headless', '--operator', 'Ada', ...flags, ...more);
  }

  /** The latest run as `gonogo show --json` tells it. */
  async shown(): Promise<Shown> {
    const { stdout } = await this.gonogo('show', 'latest', '--json');
    return shownSchema.parse(JSON.parse(stdout));
  }
}

/** Status by step id. */
export function statuses(shown: Shown): Readonly<Record<string, string>> {
  return Object.fromEntries(shown.steps.map(({ id, status }) => [id, status]));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
