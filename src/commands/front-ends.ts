/**
 * The front ends that need a terminal, behind one import: nothing that only prints loads them.
 */
import { noPreferences, readPreferences } from '../app/preferences.ts';
import type { WaitingWebhook } from '../app/preferences-file.ts';
import { type Watched, watchRun } from '../app/watched.ts';
import type { World } from '../app/world.ts';
import type { Session } from '../engine/session.ts';
import type { RunState } from '../run/state.ts';
import type { TerminalIo } from '../tui/home.ts';
import { bindings } from '../tui/keys/bindings.ts';
import { reboundKeys } from '../tui/keys/overrides.ts';
import { processTerminalIo } from '../tui/terminal-io.ts';
import type { CallAfter } from '../tui/waiting-call.ts';
import { createHome } from '../tui/world-home.ts';
import type { Io } from './command.ts';

/** The app on one session, over the whole screen or `inline`; resolves with the exit code. */
export async function runScreen(world: World, session: Session, io: Io, inline: boolean): Promise<number> {
  const preferred = await preferences(world);
  const { openTerminalApp } = await loadApp(io);
  const { lease, trouble } = world;
  const terminal = terminalOf(world, io);
  return openTerminalApp({ home: createHome(world), session, io: terminal, lease, trouble, inline, ...preferred });
}

/** The full-screen app on a run that is only watched, by `name`; resolves with the exit code. */
export async function runWatch(world: World, state: RunState, io: Io, name: string): Promise<number> {
  const preferred = await preferences(world);
  const { openTerminalApp } = await loadApp(io);
  return openTerminalApp({
    home: createHome(world),
    watched: watchRun(world, state, name),
    io: terminalOf(world, io),
    ...preferred,
  });
}

/** Prints what is asked for of a run that is followed by lines, until `q`, the end of the input, or `over`. */
export async function lookAtWatched(world: World, watched: Watched, io: Io, over: AbortSignal): Promise<void> {
  const { lookAround, typedLines } = await import('../tui/plain-looking.ts');
  const terminal = terminalOf(world, io);
  const { lines, ended } = typedLines(terminal);
  try {
    await lookAround(terminal, {
      run: { state: () => watched.state(), activity: () => watched.activity(), now: () => world.host.clock.now() },
      io: terminal,
      source: world.journals.evidence(watched.state().id),
      home: createHome(world),
      lines,
      leaves: 'stop watching',
      goesOn: true,
      signal: AbortSignal.any([over, ended]),
    });
  } finally {
    lines.close();
  }
}

/** The full-screen app at its home screen; resolves with the exit code. */
export async function runHome(world: World, io: Io): Promise<number> {
  const preferred = await preferences(world);
  const { openTerminalApp } = await loadApp(io);
  const { lease, trouble } = world;
  return openTerminalApp({ home: createHome(world), io: terminalOf(world, io), lease, trouble, ...preferred });
}

/** What the operator prefers of the screen. Where their file is wrong nothing of it holds, and the screen says so: nobody is kept from a run by a theme. */
async function preferences(world: World) {
  const read = await readPreferences(world);
  const { value, problem } = read.ok
    ? { value: read.value, problem: null }
    : { value: noPreferences, problem: read.problem };
  const rebound = reboundKeys(value.keys);
  const notice = rebound.ok ? problem : `${read.path}: ${rebound.problem}`;
  const { theme, bell, title, progress, mouse, waiting } = notice === null ? value : noPreferences;
  return {
    theme,
    mouse,
    keys: rebound.ok ? rebound.bindings : bindings,
    attention: { bell, title, progress },
    call: waiting === undefined ? undefined : callOf(waiting),
    ...(notice === null ? {} : { notice: `Nothing of it holds: ${notice}` }),
  };
}

/** The HTTP client is loaded when there is something to tell. */
function callOf(waiting: WaitingWebhook): CallAfter {
  const post = async (text: string): Promise<void> =>
    (await import('../app/waiting-webhook.ts')).tellWebhook(waiting, text);
  return { afterMs: waiting.after, post };
}

/** Ink asks nobody about `NO_COLOR`; its colour library reads `FORCE_COLOR` when it is loaded, so that is set before. */
async function loadApp(io: Io): Promise<typeof import('../tui/open.tsx')> {
  if ((io.env['NO_COLOR'] ?? '') !== '') process.env['FORCE_COLOR'] = '0';
  return import('../tui/open.tsx');
}

/** Ordinary prompts on `session`; resolves with the exit code. */
export async function runPlain(world: World, session: Session, io: Io): Promise<number> {
  const { runPlain: prompts } = await import('../tui/plain.ts');
  const { call, notice } = await preferences(world);
  const { lease } = world;
  const source = world.journals.evidence(session.id);
  return prompts(session, terminalOf(world, io), { source, lease, call, notice, home: createHome(world) });
}

/** Ordinary prompts for what to open, then on what was opened; resolves with the exit code. */
export async function runPlainHome(world: World, io: Io): Promise<number> {
  const { choosePlain } = await import('../tui/plain-home.ts');
  const session = await choosePlain(createHome(world), terminalOf(world, io));
  return session === null ? 0 : await runPlain(world, session, io);
}

function terminalOf(world: World, io: Io): TerminalIo {
  return processTerminalIo(() => world.host.clock.now(), io.env);
}
