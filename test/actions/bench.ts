/** What action tests share: the real host, a folder of its own for each test, and the way from a document to a reading. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Action, ActionContext, Reading } from '../../src/actions/action.ts';
import { actions } from '../../src/actions/registry.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import type { Json } from '../../src/runbook/document.ts';
import { createLocalTargets } from '../../src/target/local/local-target.ts';
import { toAttemptId } from '../../src/target/target.ts';

type Read = Extract<Reading, { kind: 'read' }>;

const host = await createRealHost();
const targets = createLocalTargets(host);

/** `runFolder`: the folder of the run that evidence is kept in. */
type Given = Partial<ActionContext> & { readonly runFolder?: string };

/** A folder that is gone after the test. */
export function workFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-actions-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

export function actionNamed(name: string): Action {
  const action = actions.get(name);
  if (action === undefined) throw new Error(`no action ${name}`);
  return action;
}

/** The context of one attempt at `name` with the value that a document gives it, and the folder of the attempt. */
export function contextOf(
  name: string,
  value: unknown,
  given: Given = {},
): ActionContext & { readonly folder: string } {
  const cwd = given.cwd ?? workFolder();
  const { runFolder = workFolder(), ...rest } = given;
  const id = 'steps/001-step/1';
  const params: Json = actionNamed(name).params.parse(value);
  return {
    target: targets({ folder: runFolder, base: cwd, environment: {} }),
    attempt: { id: toAttemptId(id), bootId: host.machine.bootId },
    folder: join(runFolder, id),
    clock: host.clock,
    params,
    env: { without: [], set: {} },
    cwd,
    timeoutMs: null,
    readsStdout: false,
    secrets: [],
    tty: false,
    leave: new AbortController().signal,
    ...rest,
  };
}

/** Performs it and insists on an outcome. */
export async function perform(name: string, value: unknown, given: Given = {}): Promise<Read> {
  const reading = await actionNamed(name).perform?.(contextOf(name, value, given));
  if (reading?.kind !== 'read') throw new Error(`${name}: ${JSON.stringify(reading)}`);
  return reading;
}

/** An HTTP server on a free port for the length of the test; its URL without a slash at the end. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${portOf(server.address())}`;
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

/** Waits, at most five seconds, until `path` exists. */
export async function untilExists(path: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!existsSync(path)) {
    if (Date.now() > end) throw new Error(`${path} did not appear`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
