/**
 * The front ends that need a terminal, behind one import: nothing that only prints loads them.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from '../engine/session.ts';
import type { Home, RunbookFile, TerminalIo } from '../tui/home.ts';
import { processTerminalIo } from '../tui/terminal-io.ts';
import { type Io, readRun, type World } from './command.ts';
import { resumeRun, startRun } from './open-run.ts';
import { readDocument } from './read-document.ts';
import { writeReport } from './report.ts';
import { signerFor } from './signer.ts';

/** The full-screen app on one session; resolves with the exit code. */
export async function runScreen(world: World, session: Session, io: Io): Promise<number> {
  const { openTerminalApp } = await loadApp(io);
  const { lease } = world;
  return openTerminalApp({ home: createHome(world, io), session, io: terminalOf(world, io), lease });
}

/** The full-screen app at its home screen; resolves with the exit code. */
export async function runHome(world: World, io: Io): Promise<number> {
  const { openTerminalApp } = await loadApp(io);
  const { lease } = world;
  return openTerminalApp({ home: createHome(world, io), io: terminalOf(world, io), lease });
}

/** Ink asks nobody about `NO_COLOR`; its colour library reads `FORCE_COLOR` when it is loaded, so that is set before. */
async function loadApp(io: Io): Promise<typeof import('../tui/open.tsx')> {
  if ((io.env['NO_COLOR'] ?? '') !== '') process.env['FORCE_COLOR'] = '0';
  return import('../tui/open.tsx');
}

/** Ordinary prompts on `session`; resolves with the exit code. */
export async function runPlain(world: World, session: Session, io: Io): Promise<number> {
  const { runPlain: prompts } = await import('../tui/plain.ts');
  return prompts(session, terminalOf(world, io), world.journals.evidence(session.id), world.lease);
}

function terminalOf(world: World, io: Io): TerminalIo {
  return processTerminalIo(() => world.host.clock.now(), io.env);
}

/** What the app sees of the world around its runs. */
function createHome(world: World, io: Io): Home {
  const { host, journals, lease } = world;
  const operator = host.machine.user;
  return {
    runs: () => journals.list(),
    runbooks: async () => [
      ...(await findDocuments('runbook', host.machine.cwd, io)),
      ...(await findDocuments('checklist', host.machine.cwd, io)),
    ],
    open: (run) =>
      resumeRun(world, run, { operator, guided: true, arrivals: new Set(), rollback: null, adoption: null }),
    start: async (path) => (await startRun(world, path, { headless: false }, io)).session,
    read: async (run) => (await readRun(world, run)).state,
    evidence: (run) => journals.evidence(run),
    durations: (title) => journals.durations(title),
    report: async (run) => {
      const path = join(journals.workspace(run), 'report', 'report.md');
      return (await host.files.facts(path)) === null ? null : path;
    },
    writeReport: async (run, key) => {
      const read = await readRun(world, run);
      // A passphrase is asked for on the terminal itself.
      const signer = key === null ? null : await lease.lend(() => signerFor(host, key, '--sign'));
      const folder = join(journals.workspace(run), 'report');
      const { paths } = await writeReport(world, read, { folder, formats: null, signer });
      return paths[0] ?? folder;
    },
  };
}

/** The documents of `./runbooks` or `./checklists`, by path; one with errors is listed with the first of them. */
async function findDocuments(kind: RunbookFile['kind'], cwd: string, io: Io): Promise<readonly RunbookFile[]> {
  const folder = `${kind}s`;
  const names = await readdir(join(cwd, folder)).catch(() => []);
  const paths = names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name));
  return Promise.all(paths.map((path) => describeDocument(kind, path, io)));
}

async function describeDocument(kind: RunbookFile['kind'], path: string, io: Io): Promise<RunbookFile> {
  let diagnostics = '';
  const collect = (text: string): void => {
    diagnostics += text;
  };
  try {
    const { runbook } = await readDocument(path, { ...io, stderr: collect });
    return { kind, path, title: runbook.title, problem: null };
  } catch (error) {
    const [first = ''] = diagnostics.split('\n');
    const message = error instanceof Error ? error.message : 'it cannot be read';
    return { kind, path, title: path, problem: first === '' ? message : `${first}; gonogo check ${path} shows all` };
  }
}
